import assert from "node:assert/strict";
import { createHmac, generateKeyPairSync, sign } from "node:crypto";
import { makeWorld, type World } from "../authorization/table.ts";
import { shopTest, type TestShop } from "../../support/shop.ts";

async function mailsTo(shop: TestShop, email: string) {
  const url = `${shop.sandbox.origin}/mailbox/api/messages?to=${encodeURIComponent(email)}`;
  return (await (await fetch(url)).json()).messages;
}

const publish = (shop: TestShop, { course, people }: World, body: Record<string, unknown>) =>
  shop.call("POST", `/api/courses/courses/${course.slug}/updates/`, { token: people.teacher.token, body });

shopTest(
  "an update is listed and mailed to those with access, until they unsubscribe with one click",
  async (shop) => {
    const world = await makeWorld(shop.sql);
    const { buyer, student, teacher } = world.people;
    await shop.sql`update users set email_verified_at = now()`;
    const news = { title: " New lesson <b> ", text: "Dear all,\nthere is a new lesson." };
    assert.equal((await publish(shop, world, news)).status, 201);
    await shop.drainJobs();
    await shop.drainJobs();

    const [mail, ...more] = await mailsTo(shop, buyer.email);
    assert.deepEqual(more, [], "one copy");
    assert.match(mail.subject, /: New lesson <b>$/);
    assert.ok(mail.html.includes("New lesson &lt;b&gt;") && mail.text.includes("there is a new lesson."));
    for (const { email } of [student, teacher]) assert.deepEqual(await mailsTo(shop, email), []);
    const list = await shop.call("GET", `/api/courses/courses/${world.course.slug}/updates/`, {
      token: buyer.token,
    });
    assert.equal(list.body.count, 1);
    assert.deepEqual([list.body.results[0].title, list.body.results[0].author], [
      "New lesson <b>",
      "teacher",
    ]);

    assert.equal(mail.headers["list-unsubscribe-post"], "List-Unsubscribe=One-Click");
    const link = mail.headers["list-unsubscribe"].match(/<(\S+)>/)![1];
    assert.ok(mail.text.includes(link) && mail.html.includes(link), "visible too");
    const page = await shop.fetch(link);
    assert.match(await page.text(), /<form method="post"/);
    const preferences = () =>
      shop.call("GET", "/api/notifications/preferences/", { token: buyer.token }).then(({ body }) => body);
    assert.deepEqual(
      await preferences(),
      { course_updates: true, tutor_digest: true },
      "a visit changes nothing",
    );
    const oneClick = () =>
      shop.fetch(link, { method: "POST", body: new URLSearchParams({ "List-Unsubscribe": "One-Click" }) });
    for (const click of [await oneClick(), await oneClick()]) {
      assert.equal(click.status, 200);
      assert.match(await click.text(), /You are unsubscribed/);
    }
    assert.deepEqual(await preferences(), { course_updates: false, tutor_digest: true });
    await publish(shop, world, { title: "More", text: "More." });
    await shop.drainJobs();
    assert.equal((await mailsTo(shop, buyer.email)).length, 1);

    await shop.call("PATCH", "/api/notifications/preferences/", {
      token: buyer.token,
      body: { course_updates: true, tutor_digest: false },
    });
    assert.deepEqual(await preferences(), { course_updates: true, tutor_digest: false });
    await publish(shop, world, { title: "Again", text: "Again." });
    await shop.drainJobs();
    assert.equal((await mailsTo(shop, buyer.email)).length, 2);
  },
);

shopTest("errors in an update, a link or a preference are reported", async (shop) => {
  const world = await makeWorld(shop.sql);
  const { buyer } = world.people;
  const blank = await publish(shop, world, { title: "  ", text: "x" });
  assert.deepEqual([blank.status, Object.keys(blank.body.errors)], [400, ["title"]]);
  const long = await publish(shop, world, { title: "x".repeat(151), text: "" });
  assert.deepEqual([long.status, Object.keys(long.body.errors)], [400, ["title", "text"]]);
  for (const method of ["GET", "POST"]) {
    const url = `${shop.api}/api/notifications/unsubscribe/?token=forged`;
    for (
      const [language, words] of [
        ["*", /This link does not work[\s\S]*incomplete/],
        ["en;q=0.3, es-MX;q=0.7", /<html lang="es">[\s\S]*Este enlace no funciona[\s\S]*incompleto/],
        ["de", /This link does not work/],
      ] as const
    ) {
      const page = await shop.fetch(url, { method, headers: { "accept-language": language } });
      assert.equal(page.status, 400);
      assert.match(await page.text(), words);
    }
  }
  const odd = await shop.call("PATCH", "/api/notifications/preferences/", {
    token: buyer.token,
    body: { course_updates: "perhaps" },
  });
  assert.deepEqual([odd.status, Object.keys(odd.body.errors)], [400, ["course_updates"]]);
  const nowhere = await shop.call("GET", "/api/courses/courses/nowhere/updates/", { token: buyer.token });
  assert.equal(nowhere.status, 404);
});

shopTest(
  "notices within the shop are private, counted, and read one by one or all at once",
  async (shop) => {
    const world = await makeWorld(shop.sql);
    const { buyer, student } = world.people;
    for (const title of ["One", "Two", "Three"]) await publish(shop, world, { title, text: title });
    await shop.drainJobs();
    const list = () =>
      shop.call("GET", "/api/notifications/notices/?page_size=2", { token: buyer.token }).then(({ body }) =>
        body
      );
    const first = await list();
    assert.deepEqual([first.count, first.unread, first.results.length], [3, 3, 2]);
    assert.ok(first.next);
    const [{ id, kind, url, is_read }] = first.results;
    assert.deepEqual([kind, url, is_read], [
      "course_update",
      `http://localhost:3000/courses/${world.course.slug}`,
      false,
    ]);
    const read = (token: string) => shop.call("POST", `/api/notifications/notices/${id}/read/`, { token });
    assert.equal((await read(student.token)).status, 404, "somebody else's");
    assert.deepEqual((await read(buyer.token)).body, { unread: 2 });
    assert.deepEqual((await read(buyer.token)).body, { unread: 2 });
    const all = await shop.call("POST", "/api/notifications/notices/read/", { token: buyer.token });
    assert.deepEqual(all.body, { unread: 0 });
    assert.equal((await list()).unread, 0);
    const bad = await shop.call("POST", "/api/notifications/notices/nonsense/read/", { token: buyer.token });
    assert.equal(bad.status, 400);
  },
);

const sendgrid = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
const sendgridKey = sendgrid.publicKey.export({ type: "spki", format: "der" }).toString("base64");
const MAILGUN_KEY = "mailgun-signing-key";

shopTest(
  "bounces and complaints signed by SendGrid or Mailgun suppress the address, until that is lifted",
  async (shop) => {
    const world = await makeWorld(shop.sql);
    const { administrator, buyer } = world.people;
    await shop.sql`update users set email_verified_at = now()`;
    const now = () => String(Math.floor(Date.now() / 1000));
    const fromSendgrid = async (events: unknown, { timestamp = now(), change = "" } = {}) => {
      const body = JSON.stringify(events);
      const response = await shop.fetch(`${shop.api}/api/notifications/sendgrid/events/`, {
        method: "POST",
        headers: {
          "content-type": "application/json",
          "x-twilio-email-event-webhook-timestamp": timestamp,
          "x-twilio-email-event-webhook-signature": sign(
            "sha256",
            new TextEncoder().encode(timestamp + body),
            sendgrid.privateKey,
          ).toString("base64"),
        },
        body: body + change,
      });
      return { status: response.status, body: await response.json() };
    };
    let tokens = 0;
    const fromMailgun = async (
      event: unknown,
      { timestamp = now(), key = MAILGUN_KEY, token = String(tokens++).padStart(50, "t") } = {},
    ) => {
      const signature = createHmac("sha256", key).update(timestamp + token).digest("hex");
      return await shop.call("POST", "/api/notifications/mailgun/events/", {
        body: { signature: { timestamp, token, signature }, "event-data": event },
      });
    };
    const bounce = { event: "bounce", email: "Buyer@example.com", reason: "550 5.1.1 unknown user" };
    assert.equal((await fromSendgrid([bounce], { change: " " })).body.code, "bad_signature");
    assert.equal((await fromSendgrid([bounce], { timestamp: "1700000000" })).body.code, "bad_signature");
    const complaint = { event: "complained", recipient: "student@example.com" };
    assert.equal((await fromMailgun(complaint, { key: "wrong" })).body.code, "bad_signature");
    assert.equal((await fromMailgun(complaint, { timestamp: "1700000000" })).body.code, "bad_signature");
    const nonsense = await shop.fetch(`${shop.api}/api/notifications/mailgun/events/`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: "{",
    });
    assert.equal(nonsense.status, 400);
    await nonsense.body?.cancel();

    const harmless = [
      { event: "delivered", email: buyer.email },
      { event: "bounce", type: "blocked", email: buyer.email },
      { event: "bounce" },
    ];
    assert.deepEqual((await fromSendgrid(harmless)).body, { suppressed: 0 });
    assert.deepEqual((await fromSendgrid([bounce, bounce])).body, { suppressed: 1 });
    assert.deepEqual(
      (await fromSendgrid([{ event: "spamreport", email: "tutor@example.com" }])).body.suppressed,
      1,
    );
    const seen = { timestamp: now(), token: "s".repeat(50) };
    assert.deepEqual((await fromMailgun(complaint, seen)).body, { suppressed: 1 });
    assert.deepEqual((await fromMailgun(complaint, seen)).body, { suppressed: 0 }, "once more the same");
    const forged = await fromMailgun({ ...complaint, recipient: administrator.email }, seen);
    assert.equal(forged.body.code, "bad_signature", "the signature of another event");
    assert.deepEqual(
      (await fromMailgun({ ...complaint, event: "failed", severity: "temporary" })).body.suppressed,
      0,
    );
    const failed = {
      event: "failed",
      severity: "permanent",
      recipient: "user@example.com",
      reason: "bounce",
    };
    assert.deepEqual((await fromMailgun(failed)).body.suppressed, 1);

    await publish(shop, world, { title: "News", text: "News." });
    await shop.drainJobs();
    assert.deepEqual(await mailsTo(shop, buyer.email), []);
    const { token } = administrator;
    const mails = await shop.call("GET", "/api/notifications/mails/?state=cancelled", { token });
    assert.equal(mails.body.count, 1);
    assert.match(mails.body.results[0].reason, /not mailed to: it bounced: 550 5\.1\.1/);
    const suppressions = await shop.call("GET", "/api/notifications/suppressions/", { token });
    assert.equal(suppressions.body.count, 4);

    const retry = () =>
      shop.call("POST", `/api/notifications/mails/${mails.body.results[0].id}/retry/`, { token });
    const lift = () => shop.call("DELETE", "/api/notifications/suppressions/BUYER@example.com/", { token });
    assert.equal((await lift()).body.email, buyer.email);
    assert.equal((await lift()).status, 404);
    assert.equal((await retry()).body.state, "queued");
    assert.equal((await retry()).status, 404, "it is on its way");
    await shop.drainJobs();
    assert.equal((await mailsTo(shop, buyer.email)).length, 1);
    const acts = await shop.sql`select action from audit_log order by id`;
    assert.deepEqual(acts.map(({ action }) => action), ["suppression.lift", "mail.retry"]);
  },
  {
    environment: { SENDGRID_WEBHOOK_PUBLIC_KEY: sendgridKey, MAILGUN_WEBHOOK_SIGNING_KEY: MAILGUN_KEY },
  },
);
