import { joseTokens } from "../../../adapters/jose/tokens.ts";
import type { Database } from "../../../adapters/postgres/queries.ts";
import { ROLE, type Role } from "../../../domain/accounts/ports.ts";
import type { OperationId } from "../../../routes/http/contract_app.ts";
import { PASSWORD_HASH } from "../../support/passwords.ts";
import { addCourse } from "../../support/shop.ts";
import { TOKEN_SECRET } from "../../support/environment.ts";

/**
 * Everybody who may come to an operation. `user`, `student`, `tutor` and `administrator` are strangers to whatever is
 * asked for; `buyer` is a student who has bought the world's course, `teacher` the tutor who teaches it. `formerTutor` is
 * still written among its tutors and has another role, `formerCoTutor` is a tutor who was taken off it; what rows make for
 * `maker(caller)` they made while they could.
 */
export type Caller =
  | "anonymous"
  | "badToken"
  | "user"
  | "student"
  | "tutor"
  | "administrator"
  | "buyer"
  | "teacher"
  | "formerTutor"
  | "formerCoTutor";

/** What a row has to ask for: the course that `buyer` bought and `teacher` teaches, and the people themselves. */
export type World = {
  sql: Database;
  course: { id: string; slug: string; preview: string; lesson: string };
  people: Record<Person, { id: string; email: string; token: string; signInId: string }>;
  /** Counts up, for what must be different each time. */
  next(): number;
};
type Person = Exclude<Caller, "anonymous" | "badToken">;

export type Ask = { path: string; body?: unknown; form?: FormData; headers?: Record<string, string> };

export type Row = {
  /**
   * A request that is in order but for who sends it; made afresh for each caller, so that one does not spoil it for
   * the next.
   */
  ask(world: World, caller: Caller): Ask | Promise<Ask>;
  /** The status that each caller gets. */
  answers: Record<Caller, number>;
};

/** The rows of one capability: one per operation that it owns. */
export type Rows<Ids extends OperationId> = Record<Ids, Row>;

type Exceptions = Partial<Record<Caller, number>>;

/** Whose it is what a row makes: each of those who once taught the course has such things; else it is the teacher's. */
export function maker(caller: Caller): Person {
  return caller === "formerTutor" || caller === "formerCoTutor" ? caller : "teacher";
}

/** The operation looks at no token. */
export function anyone(status: number, exceptions: Exceptions = {}): Row["answers"] {
  const { badToken = status, anonymous = status } = exceptions;
  return { ...signedIn(status), anonymous, badToken, ...exceptions };
}

/** The operation may be called without a token, but not with a bad one. */
export function optional(status: number, exceptions: Exceptions = {}): Row["answers"] {
  return { ...signedIn(status), anonymous: status, ...exceptions };
}

/** The operation needs a token; the exceptions are those who are told something else than the rest. */
export function signedIn(status: number, exceptions: Exceptions = {}): Row["answers"] {
  return {
    anonymous: 401,
    badToken: 401,
    user: status,
    student: status,
    tutor: status,
    administrator: status,
    buyer: status,
    teacher: status,
    // A tutor who lost a course is like any other, and who is no tutor any more like anybody.
    formerTutor: status,
    formerCoTutor: exceptions.tutor ?? status,
    ...exceptions,
  };
}

const ROLES: Record<Person, Role> = {
  user: ROLE.user,
  student: ROLE.student,
  tutor: ROLE.tutor,
  administrator: ROLE.admin,
  buyer: ROLE.student,
  teacher: ROLE.tutor,
  formerTutor: ROLE.student,
  formerCoTutor: ROLE.tutor,
};

/** A shop with one person of each kind, signed in, and a course on sale. */
export async function makeWorld(sql: Database): Promise<World> {
  const tokens = joseTokens([TOKEN_SECRET]);
  const people = {} as World["people"];
  for (const [person, role] of Object.entries(ROLES) as [Person, Role][]) {
    const email = `${person.toLowerCase()}@example.com`;
    const [row] = await sql<{ id: string; signInId: string }[]>`
      with person as (
        insert into users (email, password_hash, first_name, role, email_verified_at)
        values (${email}, ${PASSWORD_HASH}, ${person}, ${role}, now()) returning id
      )
      insert into sessions (user_id, expires_at) select id, now() + interval '1 day' from person
      returning user_id as id, id as "signInId"`;
    const token = await tokens.issueAccess({ ...row!, role });
    people[person] = { ...row!, email, token };
  }
  const course = await addCourse(sql);
  await sql`
    insert into course_tutors (course_id, user_id, position)
    values (${course.id}, ${people.teacher.id}, 0), (${course.id}, ${people.formerTutor.id}, 1)`;
  await sql`
    insert into grants (student_id, course_id, source) values (${people.buyer.id}, ${course.id}, 'import')`;
  await sql`insert into enrollments (student_id, course_id) values (${people.buyer.id}, ${course.id})`;
  let count = 0;
  return { sql, course, people, next: () => ++count };
}

/** An order of the buyer's, paid so that it can be refunded, or still open. */
export async function orderOfBuyer({ sql, people, next }: World, state: "open" | "paid"): Promise<string> {
  const course = crypto.randomUUID();
  const session = `cs_authorization_${next()}`;
  const [row] = await sql<{ id: string }[]>`
    with placed as (
      insert into orders (student_id, student_email, state, subtotal_amount, currency, session_id, session_url,
        session_expires_at)
      values (${people.buyer.id}, ${people.buyer.email}, ${state}, 100, 'usd', ${session}, 'https://pay.example',
        now() + interval '1 hour')
      returning id, student_id, state
    ), line as (
      insert into order_lines (order_id, order_state, student_id, course_id, course_slug, title, amount, position)
      select id, state, student_id, ${course}, 'a-course', 'A course', 100, 0 from placed
    ), payment as (
      insert into payments (order_id, student_id, amount, currency, method, status)
      select id, student_id, 100, 'usd', 'stripe', ${state === "paid" ? 2 : 1} from placed
    )
    select id from placed`;
  if (state === "paid") {
    await sql`
      insert into payment_sessions (session_id, order_id, attempt, payment_intent_id, outcome, currency,
        subtotal_amount, discount_amount, tax_amount, total_amount)
      values (${session}, ${row!.id}, 1, ${"pi_" + session}, 'paid', 'usd', 100, 0, 0, 100)`;
  }
  return row!.id;
}

/** Makes good what a request may have done to the people who are still to call. */
export async function restorePeople({ sql }: World): Promise<void> {
  await sql`update sessions set revoked_at = null`;
}
