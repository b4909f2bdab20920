import assert from "node:assert/strict";
import { assembleEvidence } from "../../../../domain/settlement/disputes/assemble_evidence.ts";
import type { OrderUse } from "../../../../domain/settlement/disputes/ports.ts";

const policy = { days: 14, watchedPercent: 20 };
const play = {
  at: new Date("2026-03-03T18:30:00Z"),
  course: "Algebra",
  lesson: "Vectors",
  ipAddress: "203.0.113.4",
  userAgent: "Firefox",
};
const use: OrderUse = {
  student: {
    name: "Ada Lovelace",
    email: "ada@example.com",
    registeredAt: new Date("2026-02-01T00:00:00Z"),
  },
  paidAt: new Date("2026-03-01T12:00:00Z"),
  receiptNumber: 42n,
  lines: [{
    title: "Algebra",
    price: { amount: 4900n, currency: "usd" },
    watchedSeconds: 3000,
    completedLessons: 2,
  }],
  playCount: 1,
  plays: [play],
  ipAddresses: [{ ipAddress: "203.0.113.4", count: 1 }],
  mails: [
    {
      at: new Date("2026-03-01T12:00:05Z"),
      kind: "order_confirmation",
      subject: "Your order: Algebra",
      to: "ada@example.com",
      state: "sent",
    },
    {
      at: new Date("2026-03-04T08:00:00Z"),
      kind: "access_ended",
      subject: "",
      to: "ada@example.com",
      state: "failed",
    },
  ],
};

Deno.test("evidence describes what was bought and how it was used", () => {
  const evidence = assembleEvidence(use, policy);
  assert.match(evidence.product_description!, /- Algebra, 49\.00 USD$/);
  assert.equal(evidence.customer_name, "Ada Lovelace");
  assert.equal(evidence.service_date, "2026-03-01");
  assert.match(
    evidence.access_activity_log!,
    /\n2026-03-03 18:30:00 \| Algebra: Vectors \| 203\.0\.113\.4 \| Firefox$/,
  );
  assert.match(evidence.refund_policy_disclosure!, /Within 14 days .* 20 %/);
  assert.match(evidence.uncategorized_text!, /50 minutes watched, 2 lessons completed/);
  assert.match(evidence.uncategorized_text!, /played 1 times, last on 2026-03-03, from 1 network address\./);
  assert.match(
    evidence.uncategorized_text!,
    /\n2026-03-01 12:00:05 \| order confirmation \| Your order: Algebra \| ada@example\.com \| accepted for delivery\n/,
  );
  assert.match(
    evidence.uncategorized_text!,
    /\n2026-03-04 08:00:00 \| access ended \| ada@example\.com \| not delivered$/,
  );
});

Deno.test("evidence leaves out unknown data, and claims no use if there was none", () => {
  const evidence = assembleEvidence({
    ...use,
    student: { name: "", email: "ada@example.com", registeredAt: null },
    paidAt: null,
    receiptNumber: null,
    playCount: 0,
    plays: [],
    ipAddresses: [],
    mails: [],
  }, { ...policy, days: 0 });
  assert.deepEqual(Object.keys(evidence).sort(), [
    "customer_email_address",
    "product_description",
    "refund_policy_disclosure",
    "uncategorized_text",
  ]);
  assert.match(evidence.uncategorized_text!, /^No video was played since\./);
  assert.doesNotMatch(evidence.uncategorized_text!, /Mails/);
  assert.equal(evidence.refund_policy_disclosure, "Refunds are given on request to the shop.");
});

Deno.test("evidence respects the maximum length of a field", () => {
  const plays = Array.from({ length: 200 }, () => ({ ...play, userAgent: "x".repeat(400) }));
  const evidence = assembleEvidence({
    ...use,
    plays,
    playCount: 4321,
    ipAddresses: [{ ipAddress: "203.0.113.4", count: 4000 }, { ipAddress: "2001:db8::1", count: 321 }],
  }, policy);
  assert.ok(evidence.access_activity_log!.length <= 20_000);
  assert.match(evidence.access_activity_log!, /^The latest 200 of 4321 plays\./);
  assert.match(evidence.uncategorized_text!, /from 2 network addresses\./);
});
