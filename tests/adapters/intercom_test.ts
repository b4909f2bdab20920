import assert from "node:assert/strict";
import { intercomDesk } from "../../adapters/intercom/desk.ts";
import type { Sandbox } from "../../adapters/sandbox/sandbox.tsx";
import type { SupportContact, SupportEvent } from "../../domain/support/ports.ts";
import { sandboxTest } from "../support/with_sandbox.ts";

const ada: SupportContact = {
  userId: "ada",
  email: "ada@example.com",
  name: "Ada Lovelace",
  role: "student",
  signedUpAt: new Date("2026-01-02T03:04:05.678Z"),
};
const bought: SupportEvent = {
  userId: "ada",
  name: "purchased-course",
  at: new Date("2026-02-03T04:05:06.789Z"),
  course: "Algebra",
  orderId: "o1",
  amount: { amount: 4999n, currency: "usd" },
};

const deskOf = ({ supportEnvironment: env }: Sandbox, options: Parameters<typeof intercomDesk>[1] = {}) =>
  intercomDesk({ accessToken: env.INTERCOM_ACCESS_TOKEN!, apiUrl: env.INTERCOM_API_URL! }, options);

sandboxTest(
  "a contact is created once, changed when it exists, and deleted until it is gone",
  async (sandbox) => {
    const desk = deskOf(sandbox);
    assert.ok("contactId" in await desk.save(ada));
    const [{ id, ...created }] = sandbox.support.contacts() as [{ id: string }];
    assert.deepEqual(created, {
      role: "user",
      external_id: "ada",
      email: "ada@example.com",
      name: "Ada Lovelace",
      signed_up_at: 1767323045,
      custom_attributes: { shop_role: "student" },
    });
    assert.deepEqual(await desk.save({ ...ada, name: "Ada King", role: "tutor" }), { contactId: id });
    const [changed, ...others] = sandbox.support.contacts();
    assert.deepEqual(others, []);
    assert.deepEqual([changed!.id, changed!.name, changed!.custom_attributes], [
      id,
      "Ada King",
      { shop_role: "tutor" },
    ]);
    assert.equal(await desk.remove({ userId: "ada", contactId: null }), false);
    assert.equal(await desk.remove({ userId: "ada", contactId: null }), true);
    assert.deepEqual(sandbox.support.contacts(), []);
  },
);

sandboxTest(
  "a contact who wrote by mail before is recognised by the address, unless two are meant",
  async (sandbox) => {
    const desk = deskOf(sandbox);
    sandbox.support.add({ id: "c1", email: "ada@example.com" });
    assert.ok("contactId" in await desk.save(ada));
    assert.deepEqual(sandbox.support.contacts().map(({ id, external_id }) => [id, external_id]), [[
      "c1",
      "ada",
    ]]);
    sandbox.support.add({ id: "c2", email: "new@example.com" });
    assert.deepEqual(await desk.save({ ...ada, email: "new@example.com" }), { refused: "409 conflict" });
  },
);

sandboxTest(
  "a contact that the team archived comes back when it is saved, and is deleted by its id",
  async (sandbox) => {
    const desk = deskOf(sandbox);
    await desk.save(ada);
    const [contact] = sandbox.support.contacts() as [{ id: string; archived?: boolean }];
    contact.archived = true;
    assert.equal(await desk.record(bought), "no_contact");
    assert.deepEqual(await desk.save(ada), { contactId: contact.id });
    assert.equal(await desk.record(bought), "done");
    contact.archived = true;
    assert.equal(await desk.remove({ userId: "ada", contactId: null }), true, "it is not found otherwise");
    const known = { userId: "ada", contactId: contact.id };
    assert.deepEqual([await desk.remove(known), await desk.remove(known)], [false, true]);
    assert.deepEqual(sandbox.support.contacts(), []);
  },
);

sandboxTest("an event counts once however often it is sent, and needs its contact", async (sandbox) => {
  const desk = deskOf(sandbox);
  assert.equal(await desk.record(bought), "no_contact");
  await desk.save(ada);
  for (let n = 0; n < 2; n++) assert.equal(await desk.record(bought), "done");
  assert.deepEqual(sandbox.support.events, [{
    event_name: "purchased-course",
    created_at: 1770091506,
    user_id: "ada",
    metadata: { course: "Algebra", order_id: "o1", amount: { amount: 4999, currency: "usd" } },
  }]);
});

sandboxTest(
  "while it is down, busy, silent, talks nonsense or refuses the token, nobody's data is in the error",
  async (sandbox) => {
    const desk = () => deskOf(sandbox, { timeoutMs: 200 });
    for (const fault of ["down", "busy", "silent", "nonsense", "refused"] as const) {
      sandbox.faults.set("support", fault);
      const calls = [
        () => desk().save(ada),
        () => desk().record(bought),
        () => desk().remove({ userId: "ada", contactId: "c1" }),
      ];
      for (const call of calls) {
        await assert.rejects(call(), (error: Error & { code?: string; cause?: unknown }) => {
          assert.equal(error.code, "vendor_unavailable", fault);
          assert.doesNotMatch(`${error.stack} ${error.cause}`, /ada@|Lovelace|sandbox-intercom-token/);
          return true;
        });
      }
    }
  },
);

sandboxTest("once the limit is used up nothing is sent before its reset", async (sandbox) => {
  let now = Date.now();
  const desk = deskOf(sandbox, { now: () => now });
  sandbox.faults.set("support", "busy"); // names no reset: a window of 10 s
  await assert.rejects(desk.save(ada), { details: { retryAfter: 10 } });
  sandbox.faults.set("support", null);
  const before = sandbox.faults.asked.support;
  now += 9000;
  await assert.rejects(desk.save(ada), { details: { retryAfter: 1 } });
  assert.equal(sandbox.faults.asked.support, before);
  now += 1000;
  assert.ok("contactId" in await desk.save(ada));
});

Deno.test("what Intercom counts down to zero holds until the second that it names", async () => {
  const reset = Math.floor(Date.now() / 1000) + 20;
  let asked = 0;
  const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, () => {
    asked++;
    return Response.json({ id: "c1" }, {
      headers: { "x-ratelimit-remaining": "0", "x-ratelimit-reset": String(reset) },
    });
  });
  let now = Date.now();
  const desk = intercomDesk({ accessToken: "t", apiUrl: `http://127.0.0.1:${server.addr.port}` }, {
    now: () => now,
  });
  try {
    assert.ok("contactId" in await desk.save(ada));
    await assert.rejects(desk.save(ada), { code: "vendor_unavailable" });
    now = reset * 1000;
    assert.ok("contactId" in await desk.save(ada));
    assert.equal(asked, 2);
  } finally {
    await server.shutdown();
  }
});
