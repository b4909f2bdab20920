import assert from "node:assert/strict";
import { inviting } from "../../../adapters/composition/import_commands.ts";
import type { Language } from "../../../domain/accounts/ports.ts";
import { ROLE } from "../../../domain/accounts/ports.ts";
import { invitePeople } from "../../../domain/legacy/invite_people.ts";
import { KINDS } from "../../../domain/notifications/kinds.ts";
import type { NoticeKind } from "../../../domain/notifications/ports.ts";
import { linkTo } from "../../support/mailbox.ts";
import { signIn } from "../../support/people.ts";
import { type Person, person, purchase, startPurchase } from "../../support/purchases.ts";
import { addCourse, PASSWORD, pay, shopTest, signUp, type TestShop, until } from "../../support/shop.ts";
import { courseTutor } from "../../support/tutors.ts";
import { sessionEvent, tell } from "../../support/webhook.ts";

/** What must be in the mailbox once the cause has come about, and whose list within the shop shows it too. */
type Expected = { to: string; language: Language; subject: string; says: RegExp; reader?: { token: string } };

const DAY_MS = 24 * 3600 * 1000;
const later = (days: number) => new Date(Date.now() + days * DAY_MS).toISOString();

/** Every kind by what really causes it: a request, a payment, or time. A kind without a cause does not compile. */
const CAUSES: Record<NoticeKind, (shop: TestShop) => Promise<Expected>> = {
  async verify_email(shop) {
    const to = "maria@example.com";
    const reader = await newcomer(shop, to, "es");
    return {
      to,
      language: "es",
      subject: "Verifica tu dirección de correo",
      says: /verify-email\/\?token=/,
      reader,
    };
  },

  async welcome(shop) {
    const to = "ivan@example.com";
    const reader = await newcomer(shop, to, "ru");
    await follow(shop, await linkTo(shop, to, "verify-email"));
    const subject = "Добро пожаловать в 11Tutors";
    return { to, language: "ru", subject, says: /localhost:3000\/courses\n/, reader };
  },

  async confirm_email_change(shop) {
    const reader = await speaking(shop, "ru");
    const to = "novaya@example.com";
    await change(shop, reader, { email: to, password: PASSWORD });
    const subject = "Подтвердите новый адрес электронной почты";
    return { to, language: "ru", subject, says: /confirm-email\/\?token=/, reader };
  },

  async email_changed(shop) {
    const reader = await speaking(shop, "es");
    await change(shop, reader, { email: "nueva@example.com", password: PASSWORD });
    await follow(shop, await linkTo(shop, "nueva@example.com", "confirm-email"));
    const subject = "Tu dirección de correo ha cambiado";
    return { to: reader.email, language: "es", subject, says: /n\*\*\*@example\.com/, reader };
  },

  async reset_password(shop) {
    const reader = await speaking(shop, "es");
    await shop.call("POST", "/api/auth/password/reset/", { body: { email: reader.email } });
    const subject = "Elige una nueva contraseña";
    return { to: reader.email, language: "es", subject, says: /reset-password\/\?token=/, reader };
  },

  async choose_password(shop) {
    const reader = await speaking(shop, "ru");
    await shop.sql`
      insert into password_invitations (user_id, reason) select id, 'merged' from users where email = ${reader.email}`;
    await invitePeople(inviting(shop.sql), { dryRun: false });
    const subject = "Выберите пароль для нового 11Tutors";
    return { to: reader.email, language: "ru", subject, says: /reset-password\/\?token=/, reader };
  },

  async password_changed(shop) {
    const reader = await speaking(shop, "ru");
    const body = { old_password: "correct-horse", new_password: "three-odd-words" };
    const changed = await shop.call("POST", "/api/auth/password/change/", { token: reader.token, body });
    assert.equal(changed.status, 200);
    return { to: reader.email, language: "ru", subject: "Пароль изменён", says: /парол/, reader };
  },

  async new_sign_in(shop) {
    const to = "ada@example.com";
    await signUp(shop, to);
    const token = await signIn(
      shop,
      to,
      "Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0",
    );
    const subject = "New sign-in to your account";
    return { to, language: "en", subject, says: /Device: Firefox on Linux/, reader: { token } };
  },

  async tutor_invitation(shop) {
    const invited = await speaking(shop, "es");
    const course = await addCourse(shop.sql, { title: "Topology" });
    const { token } = await courseTutor(shop, course.id, "topologist@example.com");
    const body = { email: invited.email, share_percent: 30 };
    await shop.call("POST", `/api/courses/courses/${course.slug}/invitations/`, { token, body });
    const subject = "Enseña Topology con nosotros";
    return { to: invited.email, language: "es", subject, says: /30\s%/ };
  },

  async order_confirmation(shop) {
    const { student, url, title } = await order(shop, "ru");
    await pay(url);
    const subject = `Вам открыт доступ к курсу «${title}»`;
    return { to: student.email, language: "ru", subject, says: /49,00\s\$/, reader: student };
  },

  async payment_processing(shop) {
    const { student, order: open } = await order(shop, "es");
    await tell(shop, sessionEvent(crypto.randomUUID(), open, { payment_status: "unpaid" }));
    const subject = "Tu pago se está procesando";
    return { to: student.email, language: "es", subject, says: /49,00\sUS?\$/, reader: student };
  },

  async payment_failed(shop) {
    const { student, url } = await order(shop, "en");
    await pay(url, { method: "debit_fails" });
    const subject = "Your payment did not go through";
    return { to: student.email, language: "en", subject, says: /\$49\.00/, reader: student };
  },

  async refund(shop) {
    const { student, orderId } = await purchase(shop);
    await change(shop, student, { language: "es" });
    const { token } = await person(shop, ROLE.admin);
    const body = { reason: "asked for it" };
    const asked = await shop.call("POST", `/api/payments/orders/${orderId}/refunds/`, { token, body });
    assert.equal(asked.status, 201);
    const subject = "Te hemos reembolsado 49,00\u00a0US$";
    return { to: student.email, language: "es", subject, says: /49,00/, reader: student };
  },

  async access_granted(shop) {
    const { student } = await grant(shop, "ru", "Statistics", { ends_at: later(90) });
    const subject = "Вам открыт доступ к курсу «Statistics»";
    return { to: student.email, language: "ru", subject, says: /courses\/statistics/, reader: student };
  },

  async access_ending(shop) {
    const { student, grantId } = await grant(shop, "es", "Optics", { ends_at: later(90) });
    await shop.sql`
      update grants set starts_at = starts_at - interval '85 days', ends_at = ends_at - interval '85 days'
      where id = ${grantId}`;
    await nextTime(shop, "announce_access_ends");
    const subject = "Tu acceso a Optics termina pronto";
    return { to: student.email, language: "es", subject, says: /courses\/optics/, reader: student };
  },

  async access_ended(shop) {
    const { student, grantId, token } = await grant(shop, "en", "Logic");
    await shop.call("POST", `/api/access/grants/${grantId}/revoke/`, { token, body: { reason: "left" } });
    const subject = "Your access to Logic has ended";
    return { to: student.email, language: "en", subject, says: /was withdrawn/, reader: student };
  },

  async course_update(shop) {
    const { student, course } = await grant(shop, "ru", "Mechanics");
    const { token } = await courseTutor(shop, course.id, "newton@example.com");
    const body = { title: "Apples", text: "They fall." };
    await shop.call("POST", `/api/courses/courses/${course.slug}/updates/`, { token, body });
    const subject = "Mechanics: Apples";
    return { to: student.email, language: "ru", subject, says: /They fall\./, reader: student };
  },

  async tutor_digest(shop) {
    const { courses: [course], student } = await purchase(shop);
    const reader = await courseTutor(shop, course!.id, "euler@example.com");
    await change(shop, reader, { language: "es" });
    const remark = { lesson: course!.lesson, content: "Why is this so?" };
    await shop.call("POST", "/api/courses/comments/", { token: student.token, body: remark });
    await shop
      .sql`update orders set paid_at = paid_at - interval '1 day' where student_id = ${student.id}`;
    await shop
      .sql`update comments set created_at = created_at - interval '1 day' where author_id = ${student.id}`;
    await nextTime(shop, "mail_digests");
    const day = new Intl.DateTimeFormat("es", { dateStyle: "long", timeZone: "UTC" });
    const subject = `Tus cursos el ${day.format(Date.now() - DAY_MS)}`;
    const says = /1 venta, 49,00\sUS?\$[\s\S]*Why is this so\?/;
    return { to: "euler@example.com", language: "es", subject, says, reader };
  },

  async operator_alert(shop) {
    await startPurchase(shop);
    await shop.sql`update orders set created_at = created_at - interval '7 hours'`;
    await shop.sql`update webhook_events set received_at = received_at - interval '7 hours'`;
    await nextTime(shop, "watch_payments");
    const subject = "[11Tutors] Stripe is silent";
    return {
      to: shop.environment.OPERATOR_EMAIL!,
      language: "en",
      subject,
      says: /No event has arrived from Stripe/,
    };
  },
};

shopTest("every kind of mail is sent for its cause, in its reader's language, once", async (shop, t) => {
  const administrator = await person(shop, ROLE.admin);
  for (const [kind, cause] of Object.entries(CAUSES) as [NoticeKind, typeof CAUSES[NoticeKind]][]) {
    await t.step(kind, async () => {
      const { to, language, subject, says, reader } = await cause(shop);
      const mail = await until(async () => {
        await shop.drainJobs();
        const [found, ...more] = (await mailsTo(shop, to)).filter((mail) => mail.subject === subject);
        assert.deepEqual(more, [], "one copy");
        return found;
      });
      const { body } = await shop.call("GET", "/api/notifications/mails/?state=sent&page_size=100", {
        token: administrator.token,
      });
      const sent = body.results.find(({ id }: { id: string }) => mail.messageId.startsWith(`<${id}@`));
      assert.deepEqual([sent.kind, sent.recipient], [kind, to]);
      assert.match(mail.text, says);
      assert.ok(mail.html.includes(`<html lang="${language}">`));
      const { topic, onBoard } = KINDS[kind];
      assert.equal("list-unsubscribe" in mail.headers, topic !== undefined);
      if (!reader) return;
      const notices = await shop.call("GET", "/api/notifications/notices/", reader);
      const shown = notices.body.results.filter((notice: { title: string }) => notice.title === subject);
      assert.equal(shown.length, onBoard ? 1 : 0, "in the list within the shop");
    });
  }
});

type Received = {
  subject: string;
  text: string;
  html: string;
  messageId: string;
  headers: Record<string, string>;
};

async function mailsTo(shop: TestShop, address: string): Promise<Received[]> {
  const url = `${shop.sandbox.origin}/mailbox/api/messages?to=${encodeURIComponent(address)}`;
  return (await (await fetch(url)).json()).messages;
}

async function change(shop: TestShop, { token }: { token: string }, body: object): Promise<void> {
  assert.equal((await shop.call("PATCH", "/api/auth/users/me/", { token, body })).status, 200);
}

/** Somebody who has registered just now, and chosen a language. */
async function newcomer(shop: TestShop, email: string, language: Language): Promise<{ token: string }> {
  const reader = await signUp(shop, email);
  await change(shop, reader, { language });
  return reader;
}

async function speaking(shop: TestShop, language: Language): Promise<Person> {
  const somebody = await person(shop);
  await change(shop, somebody, { language });
  return somebody;
}

/** Presses the button of the page that a mailed link leads to. */
async function follow(shop: TestShop, link: string): Promise<void> {
  const page = await shop.fetch(link, { method: "POST" });
  assert.equal(page.status, 200, await page.text());
}

/** An open payment page of somebody who speaks that language. */
async function order(shop: TestShop, language: Language) {
  const open = await startPurchase(shop);
  await change(shop, open.student, { language });
  const [row] = await shop.sql<{ title: string }[]>`
    select title from order_lines where order_id = ${open.orderId}`;
  return { ...open, ...row! };
}

/** Access that an administrator gives to somebody who speaks that language. */
async function grant(shop: TestShop, language: Language, title: string, times: object = {}) {
  const [student, course] = [await speaking(shop, language), await addCourse(shop.sql, { title })];
  const { token } = await person(shop, ROLE.admin);
  const body = { student: student.id, course: course.id, reason: "Scholarship", ...times };
  const given = await shop.call("POST", "/api/access/grants/", { token, body });
  assert.equal(given.status, 201);
  return { student, course, token, grantId: given.body.id as string };
}

/** Lets the recurring job's next time come. */
async function nextTime(shop: TestShop, kind: string): Promise<void> {
  await shop.sql`delete from pgboss.job where data ->> 'kind' = ${kind}`;
}
