import fc from "fast-check";
import type { RefundEvidence } from "../../domain/settlement/evidence.ts";

/** What may befall one payment page of an order. */
export type SessionStory = {
  fate: "stays_open" | "expires" | "pays" | "declined_then_pays" | "delayed_pays" | "delayed_fails";
  /** Somebody tampered: the amount does not fit the order. */
  mismatched: boolean;
  /** Shares of what was paid, in percent, refunded at Stripe. */
  refunds: { percent: number; fate: "succeeds" | "pending_succeeds" | "fails_later" }[];
  dispute: null | "open" | "under_review" | "won" | "lost" | "lost_then_appealed_and_won" | "warning";
};

/** What may befall one order. */
export type OrderStory = {
  /** Indices of courses. */
  courses: number[];
  /** Percent that a promotion code takes off. */
  discountPercent: number;
  sessions: SessionStory[];
};

/** One student's orders: each but the last was given up for the next one. */
export type Story = { orders: OrderStory[] };

const refundStory = fc.record({
  percent: fc.integer({ min: 1, max: 100 }),
  fate: fc.constantFrom(
    "succeeds" as const,
    "succeeds" as const,
    "pending_succeeds" as const,
    "fails_later" as const,
  ),
});

const sessionStory: fc.Arbitrary<SessionStory> = fc.record({
  fate: fc.constantFrom(
    "stays_open" as const,
    "expires" as const,
    "pays" as const,
    "pays" as const,
    "declined_then_pays" as const,
    "delayed_pays" as const,
    "delayed_fails" as const,
  ),
  mismatched: fc.integer({ min: 0, max: 9 }).map((die) => die === 0),
  refunds: fc.array(refundStory, { maxLength: 3 }),
  dispute: fc.constantFrom(
    null,
    null,
    null,
    "open" as const,
    "under_review" as const,
    "won" as const,
    "lost" as const,
    "lost_then_appealed_and_won" as const,
    "warning" as const,
  ),
});

const orderStory: fc.Arbitrary<OrderStory> = fc.record({
  courses: fc.uniqueArray(fc.integer({ min: 0, max: 3 }), { minLength: 1, maxLength: 3 }),
  discountPercent: fc.constantFrom(0, 0, 0, 15, 50, 100),
  sessions: fc.array(sessionStory, { minLength: 1, maxLength: 3 }),
});

export const story: fc.Arbitrary<Story> = fc.record({
  orders: fc.oneof(
    { weight: 3, arbitrary: fc.tuple(orderStory) },
    { weight: 1, arbitrary: fc.tuple(orderStory, orderStory) },
  ),
});

/** Prices of the courses, in cents. */
export const PRICES = [4900n, 1999n, 7n, 12_345n];

export const totalOf = ({ courses }: OrderStory): bigint =>
  courses.reduce((sum, course) => sum + PRICES[course]!, 0n);
const discountOf = (order: OrderStory): bigint => totalOf(order) * BigInt(order.discountPercent) / 100n;

/** A webhook event, as the body that Stripe sends. */
export type StripeEvent = { id: string; type: string; body: string };

/** How Stripe's objects stand after all has happened. */
export type StripeEnd = {
  refunds: RefundEvidence[];
  disputes: { id: string; paymentIntentId: string; amount: bigint; status: string }[];
};

type Ids = { orderId: string; studentId: string };

/** Plays a story at Stripe: the events that it sends, in the order in which they happen, and how it all ends. */
export function play(story: Story, ids: Ids[], name: string): { events: StripeEvent[]; end: StripeEnd } {
  const events: StripeEvent[] = [];
  const end: StripeEnd = { refunds: [], disputes: [] };
  let clock = 1_770_000_000;
  const emit = (type: string, object: object) => {
    const id = `evt_${name}_${events.length}`;
    const event = { id, object: "event", type, created: clock++, livemode: false, data: { object } };
    events.push({ id, type, body: JSON.stringify(event) });
  };

  story.orders.forEach((order, orderIndex) => {
    const { orderId, studentId } = ids[orderIndex]!;
    const subtotal = Number(totalOf(order));
    const discount = Number(discountOf(order));
    const total = subtotal - discount;
    order.sessions.forEach((session, index) => {
      const intent = total === 0 ? null : `pi_${name}_${orderIndex}_${index}`;
      const metadata = { order_id: orderId, user_id: studentId, attempt: String(index + 1) };
      const object = {
        id: `cs_${name}_${orderIndex}_${index}`,
        object: "checkout.session",
        mode: "payment",
        currency: "usd",
        amount_subtotal: session.mismatched ? subtotal + 1 : subtotal,
        amount_total: total,
        total_details: { amount_discount: discount, amount_tax: 0, amount_shipping: 0 },
        payment_intent: intent,
        metadata,
      };
      const paid = total === 0 ? "no_payment_required" : "paid";
      const decline = () =>
        emit("payment_intent.payment_failed", {
          id: intent,
          object: "payment_intent",
          metadata,
          last_payment_error: { code: "card_declined", decline_code: "insufficient_funds" },
        });
      const isDelayed = total > 0 && session.fate.startsWith("delayed");
      if (session.fate === "stays_open") return;
      if (session.fate === "expires") {
        emit("checkout.session.expired", { ...object, payment_status: "unpaid" });
        return;
      }
      if (session.fate === "declined_then_pays" && intent) decline();
      emit("checkout.session.completed", { ...object, payment_status: isDelayed ? "unpaid" : paid });
      if (isDelayed && session.fate === "delayed_fails") {
        decline();
        emit("checkout.session.async_payment_failed", { ...object, payment_status: "unpaid" });
        return;
      }
      if (isDelayed) emit("checkout.session.async_payment_succeeded", { ...object, payment_status: "paid" });
      if (intent) afterwards(session, { name: `${name}_${orderIndex}_${index}`, intent, total });
    });
  });
  return { events, end };

  function afterwards(
    { refunds, dispute }: SessionStory,
    { name, intent, total }: { name: string; intent: string; total: number },
  ) {
    let left = total;
    const live: number[] = [];
    refunds.forEach(({ percent, fate }, index) => {
      const amount = Math.min(left, Math.max(1, Math.round(total * percent / 100)));
      if (amount <= 0) return;
      const object = {
        id: `re_${name}_${index}`,
        object: "refund",
        amount,
        currency: "usd",
        payment_intent: intent,
        metadata: {},
      };
      const first = fate === "pending_succeeds" ? "pending" : "succeeded";
      emit("refund.created", { ...object, status: first });
      live.push(amount);
      emit("charge.refunded", {
        object: "charge",
        payment_intent: intent,
        amount_refunded: live.reduce((sum, part) => sum + part, 0),
      });
      left -= amount;
      if (fate === "pending_succeeds") emit("refund.updated", { ...object, status: "succeeded" });
      if (fate === "fails_later") {
        emit("refund.failed", { ...object, status: "failed", failure_reason: "lost_or_stolen_card" });
        left += amount;
        live.pop();
      }
      end.refunds.push({
        kind: "refund",
        stripeId: object.id,
        refundId: null,
        paymentIntentId: intent,
        amount: { amount: BigInt(amount), currency: "usd" },
        status: fate === "fails_later" ? "failed" : "succeeded",
        failureReason: fate === "fails_later" ? "lost_or_stolen_card" : null,
      });
    });
    if (dispute === null || left === 0) return;
    const steps = {
      open: ["needs_response"],
      under_review: ["needs_response", "under_review"],
      won: ["needs_response", "under_review", "won"],
      lost: ["needs_response", "lost"],
      lost_then_appealed_and_won: ["needs_response", "lost", "appeal_under_review", "won"],
      warning: ["warning_needs_response", "warning_closed"],
    }[dispute];
    const id = `du_${name}`;
    steps.forEach((status, index) => {
      const type = index === 0 ? "created" : index === steps.length - 1 ? "closed" : "updated";
      emit(`charge.dispute.${type}`, { id, object: "dispute", payment_intent: intent, status });
    });
    end.disputes.push({ id, paymentIntentId: intent, amount: BigInt(left), status: steps.at(-1)! });
  }
}

/** Whether a student must have access by an order's payments, reckoned without looking at the shop. */
export function accessExpected(order: OrderStory): "none" | "open" | "disputed" | "ended" {
  const total = totalOf(order) - discountOf(order);
  const paid = order.sessions.filter(({ fate, mismatched }) =>
    !mismatched && (fate === "pays" || fate === "declined_then_pays" || fate === "delayed_pays" ||
      (fate === "delayed_fails" && total === 0n))
  );
  if (paid.length === 0) return "none";
  const ends = paid.map(({ refunds, dispute }) => {
    if (total === 0n) return "open";
    let left = Number(total);
    for (const { percent, fate } of refunds) {
      const amount = Math.min(left, Math.max(1, Math.round(Number(total) * percent / 100)));
      if (fate !== "fails_later") left -= amount;
    }
    if (left === 0 || dispute === "lost") return "ended";
    return dispute === "open" || dispute === "under_review" ? "disputed" : "open";
  });
  return ends.includes("open") ? "open" : ends.includes("disputed") ? "disputed" : "ended";
}
