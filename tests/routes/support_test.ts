import assert from "node:assert/strict";
import { decodeJwt, jwtVerify } from "jose";
import { person, type Purchase, purchase } from "../support/purchases.ts";
import { PASSWORD, shopTest, signUp, type TestShop, until } from "../support/shop.ts";
import { signUpAs } from "../support/tutors.ts";
import { ROLE } from "../../domain/accounts/ports.ts";
import { dashboard } from "../support/webhook.ts";

const withSupport = { environment: (sandbox: TestShop["sandbox"]) => sandbox.supportEnvironment };
const IDENTITY = "/api/support/identity/";

const contact = (shop: TestShop, id: string) =>
  shop.sandbox.support.contacts().find(({ external_id }) => external_id === id);
const told = ({ sandbox }: TestShop) =>
  sandbox.support.events.toReversed().map(({ event_name, metadata: { course } }) => [event_name, course]);

/** Makes every job due again that failed, and runs what is due. */
async function tryAgain(shop: TestShop): Promise<void> {
  await shop.sql`update pgboss.job set start_after = now() where state = 'retry'`;
  await shop.drainJobs();
}

shopTest("the chat learns who is signed in for an hour", async (shop) => {
  const ada = await signUp(shop);
  const { status, body } = await shop.call("GET", IDENTITY, { token: ada.token });
  assert.deepEqual([status, body.app_id], [200, "sandbox1"]);
  const secret = new TextEncoder().encode(shop.environment.INTERCOM_IDENTITY_SECRET);
  const { payload, protectedHeader } = await jwtVerify(body.token, secret);
  assert.equal(protectedHeader.alg, "HS256");
  const { exp, ...claims } = payload;
  assert.deepEqual(claims, { user_id: ada.id, email: "ada@example.com", name: "Ada Lovelace" });
  assert.ok(Math.abs(exp! - Date.now() / 1000 - 3600) < 60);
  assert.deepEqual(Object.keys(decodeJwt(body.token)).sort(), ["email", "exp", "name", "user_id"]);
  assert.equal(shop.sandbox.faults.asked.support, 0, "no call is needed for it");
}, withSupport);

shopTest("somebody without a name has none in the chat either", async (shop) => {
  const nameless = await person(shop);
  const { body } = await shop.call("GET", IDENTITY, { token: nameless.token });
  assert.deepEqual(Object.keys(decodeJwt(body.token)).sort(), ["email", "exp", "user_id"]);
}, withSupport);

shopTest("a shop with the chat alone keeps no contacts, and one without either has no chat", async (shop) => {
  const ada = await signUp(shop);
  await shop.drainJobs();
  assert.equal((await shop.call("GET", IDENTITY, { token: ada.token })).status, 200);
  assert.equal(shop.sandbox.faults.asked.support, 0);
  assert.deepEqual([...await shop.sql`select from pgboss.job where data ->> 'kind' like '%support%'`], []);
}, { environment: (sandbox) => ({ ...sandbox.supportEnvironment, INTERCOM_ACCESS_TOKEN: "" }) });

shopTest("without its variables there is no chat, no job and no completion", async (shop) => {
  const bought = await purchase(shop);
  const { status, body } = await shop.call("GET", IDENTITY, { token: bought.student.token });
  assert.deepEqual([status, body.detail], [404, "This shop has no support chat."]);
  await complete(shop, bought, true);
  await shop.call("DELETE", "/api/auth/users/me/", {
    token: (await signUp(shop)).token,
    body: { password: PASSWORD },
  });
  await shop.drainJobs();
  assert.deepEqual([...await shop.sql`select from pgboss.job where data ->> 'kind' like '%support%'`], []);
  assert.deepEqual([...await shop.sql`select from course_completions`], []);
});

shopTest("a contact follows its account: registration, name, address, role, erasure", async (shop) => {
  const ada = await signUp(shop);
  const admin = await signUpAs(shop, "admin");
  await shop.drainJobs();
  assert.deepEqual(
    [contact(shop, ada.id)!.email, contact(shop, ada.id)!.name, contact(shop, ada.id)!.custom_attributes],
    ["ada@example.com", "Ada Lovelace", { shop_role: "user" }],
  );
  const { token } = ada;
  await shop.call("PATCH", "/api/auth/users/me/", { token, body: { last_name: "King" } });
  await shop.drainJobs();
  assert.equal(contact(shop, ada.id)!.name, "Ada King");
  await shop.call("PATCH", `/api/auth/users/${ada.id}/`, {
    token: admin.token,
    body: { first_name: "Augusta", role: 2 },
  });
  await shop.drainJobs();
  assert.equal(contact(shop, ada.id)!.name, "Augusta King");
  assert.deepEqual(contact(shop, ada.id)!.custom_attributes, { shop_role: "tutor" });
  const { id } = contact(shop, ada.id)!;
  assert.deepEqual([
    ...await shop.sql`select user_id, contact_id from support_contacts where user_id = ${ada.id}`,
  ], [{
    user_id: ada.id,
    contact_id: id,
  }]);
  contact(shop, ada.id)!.archived = true; // the team put it away
  shop.sandbox.faults.set("support", "down");
  const erased = await shop.call("DELETE", `/api/auth/users/${ada.id}/`, { token: admin.token });
  assert.equal(erased.status, 204);
  await shop.drainJobs();
  assert.ok(contact(shop, ada.id), "it is still there");
  shop.sandbox.faults.set("support", null);
  await tryAgain(shop);
  assert.equal(contact(shop, ada.id), undefined);
  assert.deepEqual([...await shop.sql`select from support_contacts where user_id = ${ada.id}`], []);
}, withSupport);

async function complete(shop: TestShop, { student, courses }: Purchase, completed: boolean, index = 0) {
  const { slug } = courses[index]!;
  for (const lesson of [`${slug}-welcome`, `${slug}-vectors`]) {
    const saved = await shop.call("PATCH", `/api/courses/lessons/${lesson}/progress/`, {
      token: student.token,
      body: { completed },
    });
    assert.equal(saved.status, 200, JSON.stringify(saved.body));
  }
}

shopTest(
  "purchases, refunds, ended access and finished courses are told once, a course each",
  async (shop) => {
    const bought = await purchase(shop, 2);
    const admin = await person(shop, ROLE.admin);
    await shop.drainJobs();
    const titles = (await shop.sql<{ title: string }[]>`select title from order_lines order by position`)
      .map(({ title }) => title);
    assert.deepEqual(told(shop).sort(), titles.map((title) => ["purchased-course", title]).sort());
    const [{ metadata }] = shop.sandbox.support.events as [typeof shop.sandbox.support.events[number]];
    assert.deepEqual([metadata.order_id, metadata.amount], [bought.orderId, {
      amount: 4900,
      currency: "usd",
    }]);
    assert.equal(contact(shop, bought.student.id)!.email, bought.student.email, "the contact is made for it");

    await complete(shop, bought, true);
    await complete(shop, bought, false);
    await complete(shop, bought, true);
    await shop.drainJobs();
    const first = await titleOf(shop, bought.courses[0]!.id);
    assert.deepEqual(told(shop).slice(2), [["finished-course", first]], "once, though completed twice");

    await dashboard(shop).refunds.create({ payment_intent: bought.intent, amount: 1000 });
    await until(async () => (await shop.sql`select from refunds where status = 'succeeded'`).length === 1);
    await shop.drainJobs();
    assert.deepEqual(told(shop).slice(3), [["refunded", undefined]]);
    assert.deepEqual(shop.sandbox.support.events[0]!.metadata.amount, { amount: 1000, currency: "usd" });

    const [grant] = await shop.sql<{ id: string }[]>`
    select id from grants where course_id = ${bought.courses[1]!.id}`;
    const revoked = await shop.call("POST", `/api/access/grants/${grant!.id}/revoke/`, {
      token: admin.token,
      body: { reason: "asked for it" },
    });
    assert.equal(revoked.status, 200, JSON.stringify(revoked.body));
    await shop.drainJobs();
    const second = await titleOf(shop, bought.courses[1]!.id);
    assert.deepEqual(told(shop).slice(4), [["access-ended", second]]);
    assert.doesNotMatch(JSON.stringify(shop.sandbox.support.events), /@|asked for it/);
  },
  withSupport,
);

const titleOf = async (shop: TestShop, id: string) => {
  const [course] = await shop.sql<{ title: string }[]>`select title from courses where id = ${id}`;
  return course!.title;
};

shopTest(
  "no request waits for the support tool, which hears of everything once it is back",
  async (shop) => {
    for (const fault of ["down", "silent", "nonsense", "busy", "refused"] as const) {
      shop.sandbox.faults.set("support", fault);
      await signUp(shop, `${fault}@example.com`);
      await purchase(shop);
    }
    assert.equal(shop.sandbox.faults.asked.support, 0, "jobs alone call it");
    shop.sandbox.faults.set("support", "down");
    await shop.drainJobs();
    const failures = shop.logged.filter((line) => line.includes("job failed") && line.includes("support"));
    assert.ok(failures.length > 0);
    assert.doesNotMatch(failures.join(), /@example|Lovelace|sandbox-intercom-token/);
    shop.sandbox.faults.set("support", null);
    await tryAgain(shop);
    assert.equal(told(shop).filter(([name]) => name === "purchased-course").length, 5);
    assert.equal(shop.sandbox.support.contacts().length, 10);
  },
  withSupport,
);
