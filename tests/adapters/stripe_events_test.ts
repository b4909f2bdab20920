import assert from "node:assert/strict";
import { stripeEvents } from "../../adapters/stripe/events.ts";
import { DomainError } from "../../domain/errors.ts";
import type { EventReading } from "../../domain/settlement/events/ports.ts";
import { SECRET, signed } from "../support/webhook.ts";

const ORDER = "0197a9a0-0000-7000-8000-00000000000a";
const PREVIOUS = "whsec_previous";
const CREATED = 1_772_366_400; // 2026-03-01T12:00:00Z

const events = stripeEvents({ webhookSecrets: [SECRET, PREVIOUS], livemode: false });
const seconds = () => Math.floor(Date.now() / 1000);

function event(type: string, object: unknown, change: object = {}) {
  return {
    id: "evt_1",
    object: "event",
    type,
    livemode: false,
    created: CREATED,
    data: { object },
    ...change,
  };
}

const read = (type: string, object: unknown, change: object = {}) =>
  events.read(JSON.stringify(event(type, object, change))).reading;

const session = {
  id: "cs_1",
  mode: "payment",
  payment_status: "paid",
  amount_subtotal: 4900,
  amount_total: 4410,
  total_details: { amount_discount: 980, amount_tax: 490 },
  currency: "usd",
  payment_intent: "pi_1",
  metadata: { order_id: ORDER, user_id: "student-1", attempt: "2" },
};
const refund = {
  id: "re_1",
  amount: 700,
  currency: "usd",
  payment_intent: { id: "pi_1" },
  status: "failed",
  failure_reason: "lost_or_stolen_card",
  metadata: { refund_id: "refund-1" },
};

for (
  const [type, change, outcome] of [
    ["completed", {}, "paid"],
    ["completed", { payment_status: "no_payment_required" }, "paid"],
    ["completed", { payment_status: "unpaid" }, "awaiting_funds"],
    ["async_payment_succeeded", { payment_status: "unpaid" }, "paid"],
    ["async_payment_failed", { payment_status: "unpaid" }, "failed"],
    ["expired", { payment_status: "unpaid" }, "expired"],
  ] as const
) {
  Deno.test(`a session that is ${type} ${JSON.stringify(change)} tells that the payment is ${outcome}`, () => {
    assert.deepEqual(read(`checkout.session.${type}`, { ...session, ...change }), {
      kind: "evidence",
      evidence: {
        kind: "session",
        orderId: ORDER,
        studentId: "student-1",
        sessionId: "cs_1",
        mode: "payment",
        attempt: 2,
        paymentIntentId: "pi_1",
        outcome,
        subtotal: { amount: 4900n, currency: "usd" },
        discount: 980n,
        tax: 490n,
        total: 4410n,
      },
    });
  });
}

for (const type of ["refund.created", "refund.updated", "refund.failed", "charge.refund.updated"]) {
  Deno.test(`${type} reports the refund's status`, () => {
    assert.deepEqual(read(type, refund), {
      kind: "evidence",
      evidence: {
        kind: "refund",
        stripeId: "re_1",
        refundId: "refund-1",
        paymentIntentId: "pi_1",
        amount: { amount: 700n, currency: "usd" },
        status: "failed",
        failureReason: "lost_or_stolen_card",
      },
    });
  });
}

Deno.test("a refunded charge names the payment whose refunds to fetch", () => {
  for (const payment_intent of ["pi_1", { id: "pi_1" }]) {
    assert.deepEqual(read("charge.refunded", { id: "ch_1", payment_intent }), {
      kind: "refunds_of",
      paymentIntentId: "pi_1",
    });
  }
  for (const payment_intent of [null, undefined]) {
    assert.match(whyNothing(read("charge.refunded", { id: "ch_1", payment_intent })), /no payment intent/);
  }
});

for (const change of ["created", "updated", "closed", "funds_withdrawn", "funds_reinstated"]) {
  Deno.test(`a dispute that is ${change} is to be asked for, whatever the event says of it`, () => {
    const dispute = { id: "dp_1", payment_intent: "pi_1", status: "won" };
    assert.deepEqual(read(`charge.dispute.${change}`, dispute), { kind: "dispute", disputeId: "dp_1" });
  });
}

for (
  const [what, last_payment_error, code] of [
    ["the bank's code", { decline_code: "insufficient_funds", code: "card_declined" }, "insufficient_funds"],
    ["Stripe's code where the bank gives none", { code: "expired_card" }, "expired_card"],
    ["that it is unknown where nobody gives one", null, "unknown"],
  ] as const
) {
  Deno.test(`a declined try tells the order, the moment and ${what}`, () => {
    const intent = { id: "pi_1", metadata: { order_id: ORDER }, last_payment_error };
    assert.deepEqual(read("payment_intent.payment_failed", intent), {
      kind: "evidence",
      evidence: { kind: "decline", orderId: ORDER, code, declinedAt: new Date("2026-03-01T12:00:00Z") },
    });
  });
}

for (
  const [what, reading, why] of [
    [
      "an event of live mode in a shop in test mode",
      () => read("refund.created", refund, { livemode: true }),
      /made in live mode/,
    ],
    ["an event of test mode in a live shop", () => {
      const live = stripeEvents({ webhookSecrets: [SECRET], livemode: true });
      return live.read(JSON.stringify(event("refund.created", refund))).reading;
    }, /made in test mode/],
    [
      "what a connected account does",
      () => read("refund.created", refund, { account: "acct_1" }),
      /connected account acct_1/,
    ],
    ["a thin event without data", () => read("refund.created", null, { data: undefined }), /thin event/],
    ["a thin event without its object", () => read("refund.created", null), /thin event/],
    [
      "a type that the shop does not know",
      () => read("invoice.paid", { id: "in_1" }),
      /nothing follows from invoice\.paid/,
    ],
    [
      "a session that another product opened",
      () => read("checkout.session.completed", { ...session, metadata: { user_id: "u", attempt: "1" } }),
      /session is not one of this shop's/,
    ],
    [
      "a session without an amount",
      () => read("checkout.session.expired", { ...session, amount_subtotal: null }),
      /names no amount/,
    ],
    [
      "a refund that belongs to no payment",
      () => read("refund.created", { ...refund, payment_intent: null }),
      /names no payment intent/,
    ],
    ["a refund of nothing", () => read("refund.failed", { ...refund, amount: 0 }), /refund is of nothing/],
    [
      "a decline of another product",
      () => read("payment_intent.payment_failed", { id: "pi_1", metadata: {} }),
      /payment intent is not one of this shop's/,
    ],
    [
      "a decline without any metadata",
      () => read("payment_intent.payment_failed", { id: "pi_1" }),
      /payment intent is not one of this shop's/,
    ],
  ] as [string, () => EventReading, RegExp][]
) {
  Deno.test(`${what} has no effect, with a reason`, () => {
    assert.match(whyNothing(reading()), why);
  });
}

function whyNothing(reading: EventReading): string {
  assert.equal(reading.kind, "nothing");
  return (reading as { why: string }).why;
}

Deno.test("a body signed with the current or the previous secret is accepted and stored in full", async () => {
  for (const secret of [SECRET, PREVIOUS]) {
    const { payload, signature } = await signed(event("refund.created", refund), secret);
    const { reading, ...rest } = await events.verify(payload, signature);
    assert.deepEqual([rest.id, rest.type], ["evt_1", "refund.created"]);
    assert.deepEqual(JSON.parse(rest.payload), JSON.parse(payload));
    assert.equal(reading.kind, "evidence");
    assert.deepEqual(
      events.read(rest.payload),
      { reading, ...rest },
      "read again from the record it says the same",
    );
  }
});

Deno.test("a signature is valid for 300 seconds", async () => {
  const { now } = Date;
  const moment = now();
  Date.now = () => moment;
  try {
    const { payload, signature } = await signed(event("refund.created", refund), SECRET, seconds() - 300);
    assert.equal((await events.verify(payload, signature)).id, "evt_1");
    const late = await signed(event("refund.created", refund), SECRET, seconds() - 301);
    await assert.rejects(events.verify(late.payload, late.signature), isBadSignature);
  } finally {
    Date.now = now;
  }
});

Deno.test("a body that is unsigned, changed, or signed by somebody else is refused", async () => {
  const { payload, signature } = await signed(event("refund.created", refund));
  await assert.rejects(events.verify(payload, null), isBadSignature);
  await assert.rejects(events.verify(payload, ""), isBadSignature);
  await assert.rejects(events.verify(payload.replace("700", "900"), signature), isBadSignature);
  const foreign = await signed(event("refund.created", refund), "whsec_somebody");
  await assert.rejects(events.verify(payload, foreign.signature), isBadSignature);
});

Deno.test("a failure of the signature check itself is not reported as a bad signature", async () => {
  const secret = Symbol("no text") as unknown as string;
  const { payload, signature } = await signed(event("refund.created", refund));
  const broken = stripeEvents({ webhookSecrets: [secret], livemode: false });
  await assert.rejects(broken.verify(payload, signature), TypeError);
});

function isBadSignature(error: unknown): boolean {
  return error instanceof DomainError && error.code === "bad_signature" &&
    /no valid signature of this body/.test(error.message);
}

Deno.test("a signed thin event is accepted without effect; a signed body without id or type is refused", async () => {
  const thin = { id: "evt_thin", object: "v2.core.event", type: "v1.billing.meter", livemode: false };
  const { payload, signature } = await signed(thin);
  const taken = await events.verify(payload, signature);
  assert.deepEqual([taken.id, taken.type, taken.reading.kind], ["evt_thin", "v1.billing.meter", "nothing"]);
  for (const change of [{ id: undefined }, { id: 7 }, { type: undefined }, { type: 7 }]) {
    const broken = await signed({ ...thin, ...change });
    await assert.rejects(events.verify(broken.payload, broken.signature), isNoEvent);
  }
  const nothing = await signed(null);
  await assert.rejects(events.verify(nothing.payload, nothing.signature), isNoEvent);
});

const isNoEvent = (error: unknown) => error instanceof DomainError && error.code === "invalid_input";
