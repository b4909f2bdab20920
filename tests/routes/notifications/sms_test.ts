import assert from "node:assert/strict";
import { ROLE } from "../../../domain/accounts/ports.ts";
import { type Person, person, purchase, startPurchase } from "../../support/purchases.ts";
import { pay, shopTest, type TestShop, until } from "../../support/shop.ts";

let last = 1000;
/** A mobile number in Germany that no other test has. */
const newNumber = () => `+491512345${++last}`;
const SMS = "/api/notifications/sms/";

const set = (shop: TestShop, { token }: Person, number: string) =>
  shop.call("PUT", SMS, { token, body: { number } });
const resend = (shop: TestShop, { token }: Person) => shop.call("POST", `${SMS}code/`, { token });
const confirm = (shop: TestShop, { token }: Person, code: string) =>
  shop.call("POST", `${SMS}confirm/`, { token, body: { code } });

/** The SMS to a number, the latest first, after the jobs have run. */
async function textsTo(shop: TestShop, number: string): Promise<string[]> {
  await shop.drainJobs();
  return shop.sandbox.sms.all().filter(({ to }) => to === number).map(({ body }) => body);
}

async function codeFor(shop: TestShop, number: string): Promise<string> {
  return (await textsTo(shop, number))[0]!.match(/\d{6}/)![0];
}

const otherThan = (code: string) => code === "000000" ? "111111" : "000000";

/** Somebody with a confirmed number. */
async function reachable(shop: TestShop, somebody?: Person): Promise<Person & { number: string }> {
  const [owner, number] = [somebody ?? await person(shop), newNumber()];
  assert.equal((await set(shop, owner, number)).status, 200);
  assert.equal((await confirm(shop, owner, await codeFor(shop, number))).status, 200);
  return { ...owner, number };
}

/** Lets a minute pass since the last code was requested. */
const aMinuteLater = (shop: TestShop, { id }: Person) =>
  shop.sql`
    update sms_numbers set code_requested_at = code_requested_at - interval '61 seconds' where user_id = ${id}`;

shopTest("a number for SMS", async (shop, t) => {
  await t.step("is confirmed by the code that is sent to it, once", async () => {
    const [ada, number] = [await person(shop), newNumber()];
    assert.deepEqual((await shop.call("GET", SMS, ada)).body, {
      number: null,
      is_confirmed: false,
      problem: null,
      next_code_at: null,
      topics: { access_ending: null, payment_failed: null },
    });
    const { body } = await set(shop, ada, number.replace("+49", "+49 (0) ").replace(" (0) ", " "));
    assert.deepEqual([body.number, body.is_confirmed], [number, false]);
    assert.ok(Date.parse(body.next_code_at) > Date.now());
    const code = await codeFor(shop, number);
    const wrong = await confirm(shop, ada, otherThan(code));
    assert.deepEqual([wrong.status, wrong.body.errors], [400, { code: ["This code is wrong."] }]);
    const confirmed = await confirm(shop, ada, code);
    assert.deepEqual([confirmed.status, confirmed.body.is_confirmed], [200, true]);
    assert.equal((await confirm(shop, ada, code)).status, 200, "repeating it is harmless");
    await set(shop, ada, number);
    await resend(shop, ada);
    assert.equal((await textsTo(shop, number)).length, 1, "a confirmed number gets no code");
    const elsewhere = await confirm(shop, await person(shop), code);
    assert.equal(elsewhere.status, 404, "a code is its person's");
  });

  await t.step("that is set or resent at once several times gets one code a minute", async () => {
    const [ada, number] = [await person(shop), newNumber()];
    const answers = await Promise.all([1, 2, 3].map(() => set(shop, ada, number)));
    answers.push(...await Promise.all([1, 2, 3].map(() => resend(shop, ada))));
    assert.deepEqual(
      [...new Set(answers.map(({ status }) => status))].filter((status) => status !== 200),
      [],
    );
    const first = await codeFor(shop, number);
    assert.equal((await textsTo(shop, number)).length, 1);
    await aMinuteLater(shop, ada);
    await Promise.all([resend(shop, ada), resend(shop, ada)]);
    const second = await codeFor(shop, number);
    assert.equal((await textsTo(shop, number)).length, 2);
    if (first !== second) {
      assert.equal((await confirm(shop, ada, first)).status, 400, "only the last one holds");
    }
    const both = await Promise.all([confirm(shop, ada, second), confirm(shop, ada, second)]);
    assert.deepEqual(both.map(({ status, body }) => [status, body.is_confirmed]), [[200, true], [200, true]]);
  });

  await t.step("makes its code worthless when others are tried too often, or too late", async () => {
    const [ada, number] = [await person(shop), newNumber()];
    await set(shop, ada, number);
    const code = await codeFor(shop, number);
    const guesses = await Promise.all([1, 2, 3, 4, 5].map(() => confirm(shop, ada, otherThan(code))));
    assert.deepEqual(guesses.map(({ status }) => status), [400, 400, 400, 400, 400]);
    const spoilt = await confirm(shop, ada, code);
    assert.deepEqual(spoilt.body.errors, { code: ["Wrong codes were given too often. Request another."] });
    await aMinuteLater(shop, ada);
    await resend(shop, ada);
    const another = await codeFor(shop, number);
    await shop.sql`update sms_numbers set code_expires_at = now() where user_id = ${ada.id}`;
    const late = await confirm(shop, ada, another);
    assert.deepEqual(late.body.errors, { code: ["This code has expired. Request another."] });
    const guessed: number[] = [];
    for (let n = 0; n < 20; n++) guessed.push((await confirm(shop, ada, otherThan(code))).status);
    assert.equal(guessed.at(-1), 429, "a person has so many guesses an hour, whatever they request");
  });

  await t.step(
    "must be a mobile number of a country on the list, and its owner's address verified",
    async () => {
      const ada = await person(shop);
      const errors = async (number: string) => (await set(shop, ada, number)).body.errors?.number?.[0];
      assert.match(await errors("0151 23456789"), /with its country code/);
      assert.match(await errors("+442079460000"), /mobile number/);
      assert.match(await errors("+447797732133"), /sends no SMS to this country/);
      assert.match(await errors("+18765551234"), /sends no SMS to this country/);
      await shop.sql`update users set email_verified_at = null where id = ${ada.id}`;
      const unverified = await set(shop, ada, newNumber());
      assert.deepEqual([unverified.status, unverified.body.code], [403, "forbidden"]);
      assert.equal((await resend(shop, ada)).status, 404);
      const rows = await shop.sql`select from sms_numbers where user_id = ${ada.id}`;
      assert.equal(rows.length, 0);
    },
  );

  await t.step("is limited per account, and per number from all accounts together", async () => {
    const ada = await person(shop);
    const statuses = [];
    for (let n = 0; n < 6; n++) statuses.push((await set(shop, ada, newNumber())).status);
    assert.deepEqual(statuses, [200, 200, 200, 200, 200, 429]);
    const number = newNumber();
    const texts: number[] = [];
    for (let n = 0; n < 11; n++) texts.push((await set(shop, await person(shop), number)).status);
    assert.deepEqual(texts.slice(-2), [200, 429]);
  });

  await t.step("is not used up by somebody whose requests are refused", async () => {
    const [eve, ada, number] = [await person(shop), await person(shop), newNumber()];
    for (let n = 0; n < 20; n++) await set(shop, eve, n < 5 ? newNumber() : number);
    assert.equal((await set(shop, ada, number)).status, 200);
  });

  await t.step("of a country that is no longer on the list gets no other code", async () => {
    const ada = await person(shop);
    await shop.sql`insert into sms_numbers (user_id, number) values (${ada.id}, '+447797732133')`;
    const { status, body } = await resend(shop, ada);
    assert.deepEqual([status, body.code], [403, "forbidden"]);
    assert.deepEqual(await textsTo(shop, "+447797732133"), []);
  });

  await t.step("carries what its owner wants, since when, until it changes", async () => {
    const ada = await reachable(shop);
    const wish = (body: object) => shop.call("PATCH", SMS, { token: ada.token, body });
    const { body } = await wish({ access_ending: true, payment_failed: true });
    assert.ok(Date.now() - Date.parse(body.topics.access_ending) < 60_000);
    const again = await wish({ access_ending: true, payment_failed: false });
    assert.deepEqual(again.body.topics, { access_ending: body.topics.access_ending, payment_failed: null });
    const mine = await shop.call("GET", "/api/auth/users/me/export/", ada);
    const data = JSON.stringify(mine.body);
    assert.ok(data.includes(ada.number) && data.includes("access_ending"), "it is among their data");
    const moved = await set(shop, ada, newNumber());
    assert.deepEqual(moved.body.topics, { access_ending: null, payment_failed: null });
    assert.equal((await shop.call("DELETE", SMS, ada)).status, 204);
    assert.equal((await shop.call("DELETE", SMS, ada)).status, 204);
    assert.equal((await wish({ access_ending: true })).status, 404);
  });

  await t.step("gets an SMS when a payment of its owner fails, if they want it", async () => {
    const { student, url } = await startPurchase(shop);
    const ada = await reachable(shop, student);
    await shop.call("PATCH", SMS, { token: ada.token, body: { payment_failed: true } });
    await pay(url, { method: "debit_fails" });
    await until(async () => (await textsTo(shop, ada.number)).length === 2);
    assert.match((await textsTo(shop, ada.number))[0]!, /^11Tutors: your payment for Course .* failed\./);
  });

  await t.step("is reported on by signed callbacks, which an administrator sees", async () => {
    const ada = await reachable(shop);
    await shop.sandbox.sms.reported();
    const { token } = await person(shop, ROLE.admin);
    const list = await shop.call("GET", "/api/notifications/mails/?page_size=1", { token });
    const [sent] = list.body.results;
    assert.deepEqual([sent.channel, sent.kind, sent.state, sent.delivery, sent.recipient], [
      "sms",
      "sms_code",
      "sent",
      "delivered",
      `…${ada.number.slice(-2)}`,
    ]);
    const [sms] = shop.sandbox.sms.all();
    assert.equal(
      await shop.sandbox.sms.report(sms!, "sent"),
      204,
      "a late one is received, and changes nothing",
    );
    const [row] = await shop.sql`select delivery from mails where id = ${sent.id}`;
    assert.equal(row!.delivery, "delivered");
    assert.equal(await shop.sandbox.sms.report(sms!, "undelivered", 21610), 204);
    assert.equal((await shop.call("GET", SMS, ada)).body.problem, "stopped");
    const forged = await shop.fetch(sms!.statusCallback, {
      method: "POST",
      headers: { "x-twilio-signature": "AAAA" },
      body: new URLSearchParams({ MessageStatus: "failed" }),
    });
    assert.equal((await forged.json()).code, "bad_signature");
  });

  await t.step("is erased with its owner, and a code under way is not sent", async () => {
    const ada = await reachable(shop);
    await shop.call("PATCH", SMS, { token: ada.token, body: { payment_failed: true } });
    const next = newNumber();
    await set(shop, ada, next);
    const body = { password: "correct-horse" };
    const gone = await shop.call("DELETE", "/api/auth/users/me/", { token: ada.token, body });
    assert.ok(gone.status < 300, JSON.stringify(gone.body));
    assert.deepEqual(await textsTo(shop, next), []);
    const [left] = await shop.sql<{ count: number }[]>`
      select (select count(*) from sms_numbers where user_id = ${ada.id})::int
        + (select count(*) from sms_consents where user_id = ${ada.id})::int as count`;
    assert.equal(left!.count, 0);
  });

  await t.step("appears in no line of the log", () => {
    assert.doesNotMatch(shop.logged.join("\n"), /1512345\d/);
  });
});

shopTest("a Twilio that is down, hangs or lies costs neither a sign-up nor a purchase", async (shop) => {
  for (const fault of ["down", "silent", "nonsense", "refused", "busy"] as const) {
    shop.sandbox.faults.set("sms", fault);
    const [ada, number] = [await person(shop), newNumber()];
    const began = performance.now();
    const { status, body } = await set(shop, ada, number);
    assert.deepEqual([status, body.number], [200, number], fault);
    assert.ok(performance.now() - began < 1000);
  }
  const bought = purchase(shop);
  const drained = shop.drainJobs();
  assert.ok((await bought).orderId);
  shop.sandbox.faults.set("sms", null);
  await drained;
});

shopTest("a shop without Twilio refuses all of this, and writes nothing", async (shop) => {
  const ada = await person(shop);
  const answers = [
    await shop.call("GET", SMS, ada),
    await set(shop, ada, newNumber()),
    await shop.call("PATCH", SMS, { token: ada.token, body: { access_ending: true } }),
    await resend(shop, ada),
    await confirm(shop, ada, "123456"),
    await shop.call("DELETE", SMS, ada),
  ];
  for (const { status, body } of answers) {
    assert.deepEqual([status, body.detail], [404, "This shop sends no SMS."]);
  }
  const report = await shop.fetch(`${shop.api}${SMS}status/?mail=${crypto.randomUUID()}`, {
    method: "POST",
    body: new URLSearchParams({ MessageStatus: "sent" }),
  });
  assert.equal((await report.json()).code, "not_found");
  await purchase(shop);
  await shop.drainJobs();
  assert.deepEqual(shop.statements.filter((text) => text.includes("sms_")), []);
  assert.equal(shop.sandbox.faults.asked.sms, 0);
}, {
  environment: { TWILIO_ACCOUNT_SID: "", TWILIO_AUTH_TOKEN: "", TWILIO_MESSAGING_SERVICE_SID: "" },
});
