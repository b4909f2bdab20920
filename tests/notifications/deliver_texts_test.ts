import assert from "node:assert/strict";
import { postgresPersonalData } from "../../adapters/postgres/accounts/personal_data.ts";
import type { Database } from "../../adapters/postgres/queries.ts";
import { startSandbox } from "../../adapters/sandbox/sandbox.tsx";
import { signatureOf, twilioReports } from "../../adapters/twilio/reports.ts";
import type { SmsTopic } from "../../domain/notifications/sms/ports.ts";
import { recordStatus } from "../../domain/notifications/sms/record_status.ts";
import { addCourse } from "../support/shop.ts";
import { addUser } from "../support/mailing.ts";
import { freePort } from "../support/postgres_cluster.ts";
import { databaseTest } from "../support/test_database.ts";
import { OPERATOR, texting } from "../support/texting.ts";

type Texting = ReturnType<typeof texting>;
type World = Texting & {
  sql: Database;
  sandbox: Awaited<ReturnType<typeof startSandbox>>;
  /** A student with a grant that ends soon, and a confirmed number on which they want the topics. */
  student(
    number: string,
    topics?: SmsTopic[],
  ): Promise<{ id: string; notice: { kind: "access_ending"; grantId: string } }>;
};

/** Declares a test of SMS and alerts, with stand-ins of its own. */
function textingTest(name: string, run: (world: World) => Promise<void>, options = {}) {
  databaseTest(name, async ({ sql }) => {
    const sandbox = await startSandbox({
      state: ":memory:",
      httpPort: freePort(),
      smtpPort: 0,
      apiUrl: "http://127.0.0.1:1",
      appEnv: "test",
    });
    try {
      let count = 0;
      await run({
        ...texting(sql, sandbox, options),
        sql,
        sandbox,
        async student(number, topics = ["access_ending"]) {
          const id = await addUser(sql, `student-${++count}@example.com`);
          const course = await addCourse(sql, { title: `Course ${count}` });
          const [grant] = await sql<{ id: string }[]>`
            insert into grants (student_id, course_id, source, ends_at)
            values (${id}, ${course.id}, 'import', now() + interval '3 days') returning id`;
          await sql`
            insert into sms_numbers (user_id, number, confirmed_at) values (${id}, ${number}, now())`;
          for (const topic of topics) {
            await sql`insert into sms_consents (user_id, topic) values (${id}, ${topic})`;
          }
          return { id, notice: { kind: "access_ending", grantId: grant!.id } };
        },
      });
    } finally {
      await sandbox.stop();
    }
  });
}

const NUMBER = "+4915123456789";
const ALERT = {
  kind: "operator_alert",
  key: "silence:1",
  subject: "Stripe is silent",
  text: "No event.",
} as const;

/** A student who has requested a code just now; the outbox has it. */
async function requested({ sql, deps }: World, number: string) {
  const userId = await addUser(sql, `${number}@example.com`);
  const at = deps.clock();
  await deps.smsNumbers.request(userId, number, at);
  const notice = { kind: "sms_code" as const, userId, requestedAt: at.toISOString() };
  await deps.outbox.add({
    channel: "sms",
    notice,
    subjectKey: `${userId} ${notice.requestedAt}`,
    isRecurring: false,
    lane: "newcomers",
  });
  return userId;
}

/** A report that Twilio signs. */
async function recordReport(
  { sandbox: { environment: env }, deps }: World,
  mailId: string,
  vendorId: string,
  status: string,
  { to = NUMBER, errorCode = "" } = {},
): Promise<void> {
  const [accountSid, token] = [env.TWILIO_ACCOUNT_SID!, env.TWILIO_AUTH_TOKEN!];
  const statusUrl = (id: string) => `https://api.example/api/notifications/sms/status/?mail=${id}`;
  const fields = new URLSearchParams({
    AccountSid: accountSid,
    MessageSid: vendorId,
    MessageStatus: status,
    To: to,
    ErrorCode: errorCode,
  });
  const smsReports = twilioReports({ accountSid, authTokens: [token], statusUrl });
  const header = () => signatureOf(token, statusUrl(mailId), fields);
  await recordStatus({ smsNumbers: deps.smsNumbers, smsReports }, { body: String(fields), header, mailId });
}

textingTest("who wants a topic by SMS gets it besides the mail, and nobody else does", async (world) => {
  const { sandbox, student, add, deliver, states } = world;
  const wants = await student(NUMBER);
  const other = await student("+4915123456780", ["payment_failed"]);
  await add(wants.notice, other.notice);
  await add(wants.notice);
  await deliver();
  assert.deepEqual(sandbox.sms.all().map(({ to }) => to), [NUMBER]);
  assert.match(sandbox.sms.all()[0]!.body, /^11Tutors: your access to Course 1 ends on /);
  assert.deepEqual((await states()).map(({ channel, state }) => [channel, state]), [
    ["mail", "sent"],
    ["mail", "sent"],
    ["sms", "sent"],
  ]);
  const [row] = await world.sql`select recipient from mails where lane >= 10`;
  assert.equal(row!.recipient, "…89", "the number is stored with the person only");
});

textingTest(
  "a wish that was withdrawn before it was sent is heeded, and so is a removed number",
  async (world) => {
    const { sandbox, student, add, deliver, deps, states } = world;
    const [ada, eve] = [await student(NUMBER), await student("+4915123456780")];
    await add(ada.notice, eve.notice);
    await deps.smsNumbers.withdraw(ada.id, "access_ending");
    await deps.smsNumbers.remove(eve.id);
    await deliver();
    assert.deepEqual(sandbox.sms.all(), []);
    const texts = (await states()).filter(({ channel }) => channel === "sms");
    assert.deepEqual(texts.map(({ state, reason }) => [state, reason]), [
      ["cancelled", "the person does not want this by SMS"],
      ["cancelled", "the person does not want this by SMS"],
    ]);
  },
);

textingTest(
  "a code whose answer never came is not sent again; the person requests another",
  async (world) => {
    const { sandbox, deliver, wait, states } = world;
    for (const [index, fault] of (["lost", "down", "nonsense", "silent"] as const).entries()) {
      sandbox.faults.set("sms", fault);
      await requested(world, `+491512345678${index}`);
      await deliver();
    }
    sandbox.faults.set("sms", null);
    for (let round = 0; round < 3; round++) {
      wait(3600);
      await deliver();
    }
    assert.equal(sandbox.sms.all().length, 1, "that of which only the answer was lost");
    assert.deepEqual([...new Set((await states()).map(({ state }) => state))], ["unconfirmed"]);
  },
);

textingTest("a code that was not accepted is sent later, unless it was requested again", async (world) => {
  const { sandbox, deliver, wait, sql, deps, states } = world;
  sandbox.faults.set("sms", "busy");
  const ada = await requested(world, NUMBER);
  const eve = await requested(world, "+4915123456780");
  await deliver();
  sandbox.faults.set("sms", null);
  await deps.smsNumbers.request(eve, "+4915123456780", new Date(deps.clock().getTime() + 1));
  wait(60);
  await deliver();
  assert.deepEqual(sandbox.sms.all().map(({ to }) => to), [NUMBER]);
  const [code] = sandbox.sms.all()[0]!.body.match(/\d{6}/)!;
  const [row] = await sql<{ hash: string }[]>`
    select code_hash as hash from sms_numbers where user_id = ${ada}`;
  assert.ok(deps.smsCodes.matches(ada, code, row!.hash) && !row!.hash.includes(code));
  assert.deepEqual((await states()).map(({ state }) => state).sort(), ["cancelled", "sent"]);
});

textingTest("a notice whose answer was lost is looked up before it is sent again", async (world) => {
  const { sandbox, student, add, deliver, wait, states } = world;
  const { notice } = await student(NUMBER);
  sandbox.faults.set("sms", "lost");
  await add(notice);
  await deliver();
  for (const fault of ["down", "nonsense", "busy"] as const) {
    sandbox.faults.set("sms", fault);
    wait(3600);
    await deliver();
  }
  sandbox.faults.set("sms", null);
  wait(3600);
  await deliver();
  assert.equal(sandbox.sms.all().length, 1);
  const [, text] = await states();
  assert.deepEqual([text!.state, text!.attempts], ["sent", 5]);
});

textingTest(
  "a notice that Twilio never had is sent once it is back, however long that takes",
  async (world) => {
    const { sandbox, student, add, deliver, wait, states } = world;
    const { notice } = await student(NUMBER);
    sandbox.faults.set("sms", "down");
    await add(notice);
    for (let round = 0; round < 10; round++) {
      await deliver();
      wait(3600);
    }
    sandbox.faults.set("sms", null);
    await deliver();
    assert.equal(sandbox.sms.all().length, 1);
    assert.equal((await states())[1]!.state, "sent");
  },
);

textingTest(
  "a number whose owner replied STOP gets nothing more, and no log names a number",
  async (world) => {
    const { sandbox, student, add, deliver, sql, warnings, states } = world;
    const { id, notice } = await student(NUMBER);
    const stop = new URLSearchParams({ number: NUMBER, text: "STOP" });
    const page = await fetch(`${sandbox.origin}/sandbox/sms/reply`, { method: "POST", body: stop });
    await page.body?.cancel();
    await add(notice);
    await deliver();
    const [row] = await sql`select problem from sms_numbers where user_id = ${id}`;
    assert.equal(row!.problem, "stopped");
    const [, text] = await states();
    assert.deepEqual([text!.state, text!.reason], ["failed", "Twilio answered 400, error 21610"]);
    const asked = sandbox.faults.asked.sms;
    await add({ ...notice, grantId: crypto.randomUUID() }, notice);
    await deliver();
    assert.equal(sandbox.faults.asked.sms, asked, "Twilio is not asked again");
    assert.ok(warnings.length > 0 && !JSON.stringify(warnings).includes("23456789"));
  },
);

textingTest(
  "a report that is late or replayed says nothing about a number that was set again",
  async (world) => {
    const { student, add, deliver, deps, sql, wait } = world;
    const { id, notice } = await student(NUMBER);
    await add(notice);
    await deliver();
    const [mail] = await sql<{ id: string; vendorId: string }[]>`
    select id, vendor_id as "vendorId" from mails where lane >= 10`;
    const report = async () => {
      await recordReport(world, mail!.id, mail!.vendorId, "undelivered", { errorCode: "30005" });
      return (await deps.smsNumbers.find(id))!.problem;
    };
    assert.equal(await report(), "unreachable");
    wait(60);
    await deps.smsNumbers.request(id, NUMBER, deps.clock());
    await deps.smsNumbers.confirm(id, deps.clock());
    assert.equal(await report(), null);
  },
);

textingTest("a number of a country that is no longer on the list gets nothing", async (world) => {
  const { sandbox, student, add, deliver, states } = world;
  await add((await student("+447797732133")).notice);
  await requested(world, "+447797732134");
  await deliver();
  assert.deepEqual(sandbox.sms.all(), []);
  const texts = (await states()).filter(({ channel }) => channel === "sms");
  assert.deepEqual([...new Set(texts.map(({ reason }) => reason))], [
    "the shop sends no SMS to the number's country",
  ]);
});

textingTest("whoever erases their account does not get the shop past its daily limit", async (world) => {
  const { sandbox, deliver, wait, sql } = world;
  for (let n = 0; n < 12; n++) {
    const userId = await requested(world, `+49151234567${10 + n}`);
    wait(1);
    await deliver();
    await sql.begin((tx) => postgresPersonalData(tx).erase(userId));
  }
  assert.equal(sandbox.sms.all().length, 8, "85 % of 10");
  const rows = await sql<{ subject: string }[]>`select subject, recipient, notice, reason from mails`;
  assert.doesNotMatch(JSON.stringify(rows), /userId|@|…\d/);
  const [mail] = await sql<{ id: string }[]>`select id from mails limit 1`;
  await recordReport(world, mail!.id, sandbox.sms.all()[0]!.sid, "delivered");
  const [after] = await sql`select vendor_id, delivery from mails where id = ${mail!.id}`;
  assert.deepEqual({ ...after }, { vendor_id: "erased", delivery: null });
}, { perDay: 10 });

textingTest("SMS stop at the shop's daily limit, codes before alerts, and mail goes on", async (world) => {
  const { sandbox, add, deliver, wait } = world;
  for (let n = 0; n < 12; n++) await requested(world, `+49151234567${10 + n}`);
  await deliver();
  assert.equal(sandbox.sms.all().length, 8, "85 % of 10");
  await add(ALERT, { ...ALERT, key: "b" }, { ...ALERT, key: "c" });
  await deliver();
  const to = sandbox.sms.all().map(({ to }) => to);
  assert.deepEqual([to.length, to.filter((number) => number === OPERATOR).length], [10, 2]);
  assert.equal(world.sent.length, 3, "by mail");
  wait(25 * 3600);
  await deliver();
  assert.ok(sandbox.sms.all().length > 10);
}, { perDay: 10 });

textingTest("a number gets no more SMS in a day than its limit, from whatever account", async (world) => {
  const { sandbox, student, add, deliver, states, deps } = world;
  for (let n = 0; n < 10; n++) await deps.limits.count({ limit: "sms_of_number", of: NUMBER });
  await add((await student(NUMBER)).notice);
  await deliver();
  assert.deepEqual(sandbox.sms.all(), []);
  assert.equal((await states())[1]!.reason, "the number got too many SMS in a day");
});

textingTest(
  "a status only moves forward, in whatever order and however often it is reported",
  async (world) => {
    const { student, add, deliver, sql } = world;
    await add((await student(NUMBER)).notice);
    await deliver();
    const [mail] = await sql<{ id: string; vendorId: string }[]>`
    select id, vendor_id as "vendorId" from mails where lane >= 10`;
    const report = async (said: string, vendorId = mail!.vendorId) => {
      await recordReport(world, mail!.id, vendorId, said);
      const [row] = await sql<{ delivery: string; state: string }[]>`
      select delivery, state from mails where lane >= 10`;
      return [row!.delivery, row!.state];
    };
    assert.deepEqual(await report("delivered", `SM${"9".repeat(32)}`), [null, "sent"], "another message");
    assert.deepEqual(await report("sending"), ["sending", "sent"]);
    assert.deepEqual(await report("queued"), ["sending", "sent"]);
    assert.deepEqual(await report("delivered"), ["delivered", "sent"]);
    for (const late of ["sent", "failed", "undelivered", "delivered", "queued"] as const) {
      assert.deepEqual(await report(late), ["delivered", "sent"], late);
    }
  },
);

textingTest("a report about an SMS whose answer was lost settles it", async (world) => {
  const { sandbox, student, add, deliver, wait, sql } = world;
  await add((await student(NUMBER)).notice);
  sandbox.faults.set("sms", "lost");
  await deliver();
  const [mail] = await sql<{ id: string }[]>`select id from mails where lane >= 10`;
  await recordReport(world, mail!.id, sandbox.sms.all()[0]!.sid, "sent");
  wait(3600);
  const asked = sandbox.faults.asked.sms;
  await deliver();
  assert.equal(sandbox.faults.asked.sms, asked, "nothing is looked up or sent");
  const [row] = await sql`select state, delivery from mails where lane >= 10`;
  assert.deepEqual({ ...row }, { state: "sent", delivery: "sent" });
});

textingTest(
  "an alert travels by mail, SMS and webhook, each once, and none waits for another",
  async (world) => {
    const { sandbox, sent, answers, add, deliver, wait, states } = world;
    answers.push({ outcome: "not_now", reason: "the mail server is down" });
    sandbox.faults.set("sms", "down");
    await add(ALERT);
    await deliver();
    assert.equal(sandbox.posts.length, 1, "the chat has it at once");
    assert.deepEqual([sent.length, sandbox.sms.all().length], [0, 0]);
    sandbox.faults.set("sms", null);
    sandbox.faults.set("alerts", "silent");
    await add({ ...ALERT, key: "silence:2" });
    wait(60);
    await deliver();
    assert.equal(sent.length, 2);
    assert.equal(sandbox.sms.all().length, 2);
    assert.equal(sandbox.posts.length, 1, "the chat hangs");
    sandbox.faults.set("alerts", null);
    wait(3600);
    await add(ALERT);
    await deliver();
    assert.deepEqual([sent.length, sandbox.sms.all().length, sandbox.posts.length], [2, 2, 2]);
    assert.deepEqual((await states()).map(({ channel, state }) => `${channel} ${state}`), [
      "mail sent",
      "mail sent",
      "sms sent",
      "sms sent",
      "webhook sent",
      "webhook sent",
    ]);
    assert.equal(sandbox.sms.all()[0]!.body, "[11Tutors] Stripe is silent: No event.");
  },
);
