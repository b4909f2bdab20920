import { joseTokens } from "../../adapters/jose/tokens.ts";
import { ROLE, type Role } from "../../domain/accounts/ports.ts";
import { pay } from "./checkout.ts";
import { PASSWORD_HASH } from "./passwords.ts";
import { addCourse, type Answer, type TestShop, until } from "./shop.ts";
import type { OpenOrder } from "./webhook.ts";
import { TOKEN_SECRET } from "./environment.ts";

export type Person = { id: string; email: string; token: string };

/** A person with a verified address who is signed in, without the detour over registration. */
export async function person(shop: TestShop, role: Role = ROLE.student): Promise<Person> {
  const email = `p-${crypto.randomUUID()}@example.com`;
  const [row] = await shop.sql<{ id: string; signInId: string }[]>`
    with person as (
      insert into users (email, password_hash, role, email_verified_at)
      values (${email}, ${PASSWORD_HASH}, ${role}, now()) returning id
    )
    insert into sessions (user_id, expires_at) select id, now() + interval '1 day' from person
    returning user_id as id, id as "signInId"`;
  const token = await joseTokens([TOKEN_SECRET]).issueAccess({ ...row!, role });
  return { id: row!.id, email, token };
}

export type Purchase = {
  student: Person;
  courses: { id: string; slug: string; lesson: string }[];
  orderId: string;
  sessionId: string;
  url: string;
  /** As the session's metadata name it. */
  order: OpenOrder;
};

/** A student with an open payment page for as many courses, of 49.00 USD each. */
export async function startPurchase(shop: TestShop, courseCount = 1): Promise<Purchase> {
  const student = await person(shop);
  const courses = [];
  for (let n = 0; n < courseCount; n++) {
    courses.push(await addCourse(shop.sql, { title: `Course ${crypto.randomUUID()}` }));
  }
  const { body } = await buy(shop, student, courses);
  return {
    student,
    courses,
    orderId: body.order_id,
    sessionId: body.checkout_session_id,
    url: body.checkout_url,
    order: { order_id: body.order_id, user_id: student.id, session: body.checkout_session_id },
  };
}

export async function buy(shop: TestShop, student: Person, courses: { id: string }[]): Promise<Answer> {
  return await shop.call("POST", "/api/payments/payments/", {
    token: student.token,
    body: { course_ids: courses.map(({ id }) => id) },
  });
}

/** A purchase that is paid, and of which the shop has heard. */
export async function purchase(
  shop: TestShop,
  courseCount = 1,
  form = {},
): Promise<Purchase & { intent: string }> {
  const open = await startPurchase(shop, courseCount);
  await pay(open.url, form);
  await until(async () => await stateOf(shop, open.orderId) === "paid");
  const [row] = await shop.sql<{ intent: string }[]>`
    select payment_intent_id as intent from payments where order_id = ${open.orderId}`;
  return { ...open, intent: row!.intent };
}

export async function stateOf(shop: TestShop, orderId: string): Promise<string> {
  const [row] = await shop.sql<{ state: string }[]>`select state from orders where id = ${orderId}`;
  return row!.state;
}

/** Whether the student may watch the lesson for those who bought the course. */
export async function mayWatch(
  shop: TestShop,
  { student, courses }: Pick<Purchase, "student" | "courses">,
  index = 0,
): Promise<boolean> {
  const { status } = await shop.call("GET", `/api/courses/lessons/${courses[index]!.lesson}/`, {
    token: student.token,
  });
  return status === 200;
}

/** The subjects of the mails to an address, once jobs are done; oldest first. */
export async function mailsTo(shop: TestShop, address: string): Promise<string[]> {
  await shop.drainJobs();
  const response = await fetch(`${shop.sandbox.origin}/mailbox/api/messages?to=${address}`);
  const { messages } = await response.json() as { messages: { subject: string }[] };
  return messages.map(({ subject }) => subject).reverse();
}
