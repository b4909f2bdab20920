import assert from "node:assert/strict";
import { MAILS_PER_ROUND } from "../../domain/notifications/mails/deliver_due.ts";
import type { Notice } from "../../domain/notifications/ports.ts";
import { addOrder, addUpdate } from "../support/mail_facts.ts";
import { addUser, mailing } from "../support/mailing.ts";
import { databaseTest } from "../support/test_database.ts";

const to = (email: string) => ({ userId: null, email, name: "", language: "en" as const, isProven: true });
const alert = (key: string): Notice => ({ kind: "operator_alert", key, subject: key, text: "Look." });

databaseTest("a notice is mailed once per cause, and again if the cause recurs", async ({ sql }) => {
  const ada = await addUser(sql);
  const mails = mailing(sql);
  for (let n = 0; n < 3; n++) {
    await mails.add({ kind: "welcome", userId: ada });
    await mails.add({ kind: "reset_password", userId: ada });
  }
  await mails.deliver();
  assert.deepEqual(mails.sent.map(({ subject }) => subject).sort(), [
    "Choose a new password",
    "Welcome to 11Tutors",
  ]);
  await mails.add({ kind: "welcome", userId: ada });
  await mails.add({ kind: "reset_password", userId: ada });
  await mails.deliver();
  assert.deepEqual(mails.sent.slice(2).map(({ subject }) => subject), ["Choose a new password"]);
});

databaseTest(
  "a mail that the server does not accept now is retried at growing intervals, then given up",
  async ({ sql }) => {
    const mails = mailing(sql);
    await mails.add(alert("a"));
    const waits: number[] = [];
    for (let tries = 1; tries <= 24; tries++) {
      mails.answers.push({ outcome: "not_now", reason: "451 greylisted" });
      await mails.deliver();
      const [row] = await sql<{ seconds: number }[]>`
        select extract(epoch from due_at - ${mails.deps.clock()})::int as seconds from mails`;
      waits.push(row!.seconds);
      mails.wait(row!.seconds);
    }
    assert.deepEqual(waits.slice(0, 9), [30, 60, 120, 240, 480, 960, 1920, 3600, 3600]);
    const [row] = await mails.states();
    assert.deepEqual(row, {
      state: "failed",
      reason: "given up after 24 tries: 451 greylisted",
      attempts: 24,
    });
    mails.wait(24 * 3600);
    await mails.deliver();
    assert.equal(mails.sent.length, 0);
  },
);

databaseTest(
  "a mail waits as long as the provider asks, and keeps its id across attempts",
  async ({ sql }) => {
    const tried: string[] = [];
    const mails = mailing(sql, {
      mailer: {
        send(mail) {
          tried.push(mail.id);
          return Promise.resolve({ outcome: "not_now", reason: "429", retryAfter: 600 });
        },
      },
    });
    await mails.add(alert("a"));
    await mails.deliver();
    mails.wait(599);
    await mails.deliver();
    assert.equal(tried.length, 1);
    mails.wait(1);
    await mails.deliver();
    assert.equal(tried.length, 2);
    assert.equal(tried[0], tried[1]);
  },
);

databaseTest(
  "a mail to a refused address fails at once, with the reason, and delays no other",
  async ({ sql }) => {
    const mails = mailing(sql);
    await mails.add(alert("a"));
    await mails.add(alert("b"));
    mails.answers.push({ outcome: "refused", reason: "550 5.1.1 no such user" });
    await mails.deliver();
    const states = await mails.states();
    assert.deepEqual(states.map(({ state }) => state).sort(), ["failed", "sent"]);
    assert.equal(states.find(({ state }) => state === "failed")!.reason, "550 5.1.1 no such user");
  },
);

databaseTest(
  "urgent mail is sent first, and bulk mail leaves a share of the daily limit to it",
  async ({ sql }) => {
    const mails = mailing(sql, { limits: { perDay: 20 } });
    await addUpdate(sql, 25, mails.add);
    await mails.add(alert("first"));
    await mails.deliver();
    assert.ok(mails.sent.slice(0, MAILS_PER_ROUND).some(({ subject }) => /first/.test(subject)));
    assert.equal(mails.sent.length, 12, "mail to many leaves two fifths of 20");
    for (let n = 0; n < 9; n++) await mails.add(alert(String(n)));
    await mails.deliver();
    assert.equal(mails.sent.length, 20, "what was paid for may use up the limit, and no more");
  },
);

databaseTest("bulk mail is limited per minute", async ({ sql }) => {
  const mails = mailing(sql, { limits: { bulkPerMinute: 5 } });
  await addUpdate(sql, 12, mails.add);
  for (const expected of [5, 10, 12]) {
    await mails.deliver();
    assert.equal(mails.sent.length, expected);
    mails.wait(61);
  }
});

databaseTest("concurrent workers send a mail once", async ({ sql }) => {
  const mails = mailing(sql);
  await addUpdate(sql, 60, mails.add);
  await Promise.all([mails.deliver(), mails.deliver(), mails.deliver()]);
  assert.equal(mails.sent.length, 60);
  assert.equal(new Set(mails.sent.map(({ to }) => to)).size, 60);
});

databaseTest(
  "a crashed worker's mail is sent by another: a copy of a handed-over mail has its id and date",
  async ({ sql }) => {
    const mails = mailing(sql);
    await addUpdate(sql, 2, mails.add);
    const now = mails.deps.clock();
    const limits = { perDay: null, bulkPerMinute: null };
    const claimed = await mails.deps.outbox.claim({
      channel: "mail",
      now,
      limit: 10,
      leaseSeconds: 60,
      limits,
    });
    await mails.deps.outbox.handOver(claimed[0]!, to("x@example.com"), now);
    await mails.deliver();
    assert.deepEqual(mails.sent, [], "they are in other hands");
    mails.wait(61);
    await mails.deliver();
    assert.deepEqual(mails.sent.map(({ id }) => id).sort(), claimed.map(({ id }) => id).sort());
    assert.deepEqual(mails.sent.map(({ date }) => date), [now, now]);
  },
);

databaseTest(
  "a worker that was delayed beyond its claim hands nothing over and changes nothing",
  async ({ sql }) => {
    const mails = mailing(sql);
    await mails.add(alert("a"));
    const { outbox, clock } = mails.deps;
    const take = () =>
      outbox.claim({
        channel: "mail",
        now: clock(),
        limit: 1,
        leaseSeconds: 60,
        limits: { perDay: null, bulkPerMinute: null },
      });
    const [late] = await take();
    mails.wait(61);
    const [prompt] = await take();
    await assert.rejects(outbox.handOver(late!, to("x@example.com"), clock()), /taken over this mail/);
    await outbox.conclude(late!, "failed", "too late");
    await outbox.postpone(late!, clock(), { reason: "too late", mayHaveArrived: false });
    assert.deepEqual(await mails.states(), [{ state: "sending", reason: null, attempts: 2 }]);
    await outbox.handOver(prompt!, to("x@example.com"), clock());
    await outbox.conclude(prompt!, "sent", null);
    assert.deepEqual((await mails.states()).map(({ state }) => state), ["sent"]);
  },
);

databaseTest(
  "a mail without a response is repeated unchanged, but not forever",
  async ({ sql }) => {
    const mails = mailing(sql);
    const first = mails.deps.clock();
    await mails.add(alert("a"));
    const unknown = { outcome: "unknown" as const, reason: "the server hung up" };
    mails.answers.push(unknown, unknown);
    for (const seconds of [31, 61, 0]) {
      await mails.deliver();
      mails.wait(seconds);
    }
    assert.deepEqual(mails.sent.map(({ date }) => date), [first]);
    assert.deepEqual((await mails.states()).map(({ state }) => state), ["sent"]);

    await mails.add(alert("b"));
    mails.answers.push({ outcome: "not_now", reason: "greylisted" }, ...Array(5).fill(unknown));
    for (let tries = 0; tries < 8; tries++) {
      await mails.deliver();
      mails.wait(3600);
    }
    assert.equal(mails.sent.length, 1);
    assert.deepEqual((await mails.states())[1], {
      state: "unconfirmed",
      reason: "handed over 5 times, and no answer came",
      attempts: 7,
    });
  },
);

databaseTest(
  "a notice that cannot be rendered is retried, and the others are delivered",
  async ({ sql }) => {
    const mails = mailing(sql);
    const ada = await addUser(sql);
    await mails.add({ kind: "welcome", userId: ada });
    await mails.add(alert("a"));
    const { person } = mails.deps.noticeFacts;
    mails.deps.noticeFacts.person = () => Promise.reject(new Error("a bug"));
    await mails.deliver();
    assert.equal(mails.sent.length, 1);
    mails.deps.noticeFacts.person = person;
    mails.wait(31);
    await mails.deliver();
    assert.equal(mails.sent.length, 2);
  },
);

databaseTest(
  "notices on declined topics or to bounced addresses are not mailed, but shown within the shop",
  async ({ sql }) => {
    const mails = mailing(sql);
    await addUpdate(sql, 3, mails.add);
    await sql`insert into declined_topics (user_id, topic) values ('student-1', 'course_updates')`;
    await sql`insert into mail_suppressions (email, reason) values ('s2@example.com', 'it bounced')`;
    await mails.add({ kind: "welcome", userId: "student-1" });
    await mails.deliver();
    assert.deepEqual(mails.sent.map(({ to, subject }) => [to, subject]).sort(), [
      ["s1@example.com", "Welcome to 11Tutors"],
      ["s3@example.com", "Algebra: News"],
    ]);
    const range = { limit: 10, offset: 0 };
    const { notices, count, unread } = await mails.deps.noticeBoard.list("student-1", range);
    assert.deepEqual([count, unread], [2, 2]);
    assert.deepEqual(notices.map(({ title }) => title).sort(), ["Algebra: News", "Welcome to 11Tutors"]);
    const link = mails.sent.find(({ to }) => to === "s3@example.com")!.unsubscribeUrl!;
    const token = new URL(link).searchParams.get("token")!;
    const claim = { userId: "student-3", topic: "course_updates" };
    assert.deepEqual(await mails.deps.unsubscribeTokens.read(token), claim);
    assert.equal(await mails.deps.unsubscribeTokens.read(`${token}x`), null);
  },
);

databaseTest(
  "invitations and registrations leave mail for a reset, resets for a receipt, whatever came first",
  async ({ sql }) => {
    const mails = mailing(sql, { limits: { perDay: 20 } });
    const insert = (count: number, lane: number) =>
      sql`
      insert into mails (kind, subject, notice, is_bulk, lane)
      select 'operator_alert', ${lane} || ' ' || n,
        jsonb_build_object('kind', 'operator_alert', 'subject', ${lane} || ' ' || n, 'text', 'x'), false, ${lane}
      from generate_series(1, ${count}::int) n`;
    const sent: number[] = [];
    for (const lane of [4, 3, 2, 1, 0]) {
      await insert(20, lane);
      await mails.deliver();
      sent.push(mails.sent.length);
    }
    assert.deepEqual(sent, [12, 14, 17, 19, 20]);
  },
);

databaseTest(
  "an unverified address gets ten mails a day, whatever the cause, and no texts by others",
  async ({ sql }) => {
    const mails = mailing(sql);
    const ada = await addUser(sql, "stranger@example.com", { isVerified: false });
    for (let n = 0; n < 12; n++) {
      const kind = (["verify_email", "reset_password", "password_changed"] as const)[n % 3]!;
      await mails.add({ kind, userId: ada });
      await mails.deliver();
    }
    assert.equal(mails.sent.length, 10);
    const order = await addOrder(sql, ada, "paid");
    await mails.add({ kind: "order_confirmation", orderId: order });
    await mails.deliver();
    assert.equal(mails.sent.length, 11, "a receipt goes to whoever paid");
    await addUpdate(sql, 1, mails.add);
    await sql`update users set email_verified_at = null`;
    await mails.deliver();
    assert.equal(mails.sent.length, 11);
    assert.equal((await mails.states()).at(-1)!.reason, "nobody has verified this address");
    const board = await mails.deps.noticeBoard.list("student-1", { limit: 1, offset: 0 });
    assert.equal(board.count, 1, "it is shown within the shop all the same");
    mails.wait(24 * 3600 + 1);
    await mails.add({ kind: "reset_password", userId: ada });
    await mails.deliver();
    assert.equal(mails.sent.length, 12);
  },
);
