import { giveUp } from "../checkout/give_up.ts";
import type { Order, Orders, OrderState } from "../checkout/ports.ts";
import type { Jobs } from "../jobs.ts";
import { isOwnRequest, judge, type Judgement, mismatchOf } from "./judge.ts";
import type { Alerts } from "../operations/ports.ts";
import { decimalAmount } from "../money.ts";
import type { Evidence, RefundStatus, SessionEvidence } from "./evidence.ts";
import type { Books, Hold, OrderFacts, OrderStanding } from "./ports.ts";
import { raiseAlert, resolveAlerts } from "../operations/raise_alert.ts";

export type SettlementStores = {
  books: Books;
  orders: Pick<Orders, "abandon">;
  alerts: Alerts;
  jobs: Jobs;
};

/** The result of applying evidence: settled, flagged for review, kept until its payment is known, or ignored. */
export type SettlementResult = { result: "settled" | "flagged" | "kept" | "ignored"; why: string };

/** Whether payments that do not match their order are refunded at once, or wait for review. */
export type SettlementPolicy = { refundsMismatches: boolean };

/**
 * Applies verified evidence to payment and access. Evidence takes effect once, regardless of how often, by whom and in
 * which order it is reported. To be called in a transaction; every consequence is part of it.
 */
export async function settle(
  stores: SettlementStores,
  policy: SettlementPolicy,
  evidence: Evidence,
): Promise<SettlementResult> {
  const { books, jobs } = stores;
  const order = await books.lock(evidence);
  switch (evidence.kind) {
    case "session": {
      if (!order) return await withoutOrder(stores, evidence);
      const session = { ...evidence, orderId: order.id, studentId: await studentOf(stores, order, evidence) };
      for (const refundId of (await books.recordSession(session, mismatchOf(order, session))).refundIds) {
        await jobs.add({ kind: "send_notice", notice: { kind: "refund", refundId } });
      }
      break;
    }
    case "decline":
      if (!order) return { result: "ignored", why: `there is no order ${evidence.orderId}` };
      await books.recordDecline(evidence);
      return { result: "ignored", why: `a try was declined (${evidence.code}); the page can still be paid` };
    case "refund": {
      const { id, before, now } = await books.recordRefund(evidence);
      // Until its payment is known, the recipient is unknown. The news of the payment itself will do it.
      if (order && isMoneyBack(now) && !isMoneyBack(before)) {
        await jobs.add({ kind: "send_notice", notice: { kind: "refund", refundId: id } });
      }
      if (now === "failed" && before !== "failed") {
        await raiseAlert(stores, {
          key: `refund_failed:${id}`,
          subject: "A refund failed",
          text:
            `Refund ${id} (${evidence.stripeId}) failed: ${evidence.failureReason ?? "no reason given"}. ` +
            "The money is back on the shop's balance; pay the student in another way.",
        });
      }
      break;
    }
    case "dispute": {
      const { before, now } = await books.recordDispute(evidence);
      if (now !== before) {
        await raiseAlert(stores, {
          key: `dispute:${evidence.disputeId}:${now}`,
          subject: `A payment is disputed: ${now}`,
          text: `Dispute ${evidence.disputeId} (${evidence.reason || "no reason given"}) is now ${now}.` +
            (evidence.evidenceDueAt ? ` Evidence is due by ${evidence.evidenceDueAt.toISOString()}.` : ""),
        });
      }
      break;
    }
  }
  if (!order) return { result: "kept", why: "no payment of this shop is known for it so far" };
  return await settleOrder(stores, policy, order);
}

/** Returns the student for whom a page was opened, under the id of today: former accounts may have been merged. */
async function studentOf(
  { books }: SettlementStores,
  order: Order,
  evidence: SessionEvidence,
): Promise<string> {
  const { studentId, formerPaymentId } = evidence;
  if (formerPaymentId === undefined || studentId === order.studentId) return studentId;
  return await books.accountOfFormer(studentId);
}

/**
 * Alerts the operator to a payment on one of the former shop's pages whose order was not imported. Other sessions of an
 * unknown order are another environment's.
 */
async function withoutOrder(stores: SettlementStores, evidence: SessionEvidence): Promise<SettlementResult> {
  const { orderId, formerPaymentId, sessionId, paymentIntentId, outcome, subtotal, total } = evidence;
  if (formerPaymentId === undefined || outcome !== "paid") {
    return { result: "ignored", why: `there is no order ${orderId}` };
  }
  const studentId = await stores.books.accountOfFormer(evidence.studentId);
  const charged = decimalAmount({ amount: total, currency: subtotal.currency });
  await raiseAlert(stores, {
    key: `former_payment:${sessionId}`,
    subject: "A payment of the former shop has no order",
    text:
      `Session ${sessionId} (payment intent ${
        paymentIntentId ?? "none"
      }) was paid by user ${studentId} with ` +
      `${charged} ${subtotal.currency.toUpperCase()}, but neither order ${orderId} nor payment ${formerPaymentId} was ` +
      "imported. Give the student the course, or refund the payment in Stripe's dashboard.",
  });
  return { result: "flagged", why: `the former shop's order ${orderId} was not imported` };
}

/**
 * Brings a locked order into the state that its facts require, with its grants, due refunds and notices, and then the
 * student's other orders that depend on it.
 */
export async function settleOrder(
  stores: SettlementStores,
  policy: SettlementPolicy,
  order: Order,
): Promise<SettlementResult> {
  const { books } = stores;
  const facts = await books.facts(order);
  const settled = await settleOneOrder(stores, policy, order, facts);
  if (settled.result !== "ignored" && facts.hasOtherOrders) {
    for (const dependent of await books.dependents(order)) {
      await settleOneOrder(stores, policy, dependent, await books.facts(dependent));
    }
  }
  return settled;
}

async function settleOneOrder(
  stores: SettlementStores,
  policy: SettlementPolicy,
  order: Order,
  facts: OrderFacts,
): Promise<SettlementResult> {
  const { books, jobs } = stores;
  const judgement = judge(order, facts);
  const { standing } = judgement;
  const refundsChanged = await followRefunds(stores, policy, order, facts, judgement);
  const change = changeOf(order, facts, standing);
  const isNeedless = CAN_BE_PAID.has(standing.state) && facts.isUnneeded;
  if (!change && !refundsChanged && !isNeedless) {
    return { result: "ignored", why: `order is already ${order.state}` };
  }
  const { endedGrantIds } = await books.apply(order, standing);
  for (const grantId of endedGrantIds) {
    await jobs.add({ kind: "send_notice", notice: { kind: "access_ended", grantId } });
  }
  if (isNeedless) await giveUp(stores, order, "needless");
  if (IS_COMPLETED.has(standing.state) && !IS_COMPLETED.has(order.state) && facts.hasOtherOrders) {
    // A course that has been bought must not be bought again on another open page.
    for (const other of await books.competitors(order)) await giveUp(stores, other, "needless");
  }
  await tellStudent(stores, order, facts, standing);
  const review = standing.review.join("; ");
  if (review !== "" && review !== facts.payment.review) {
    await raiseAlert(stores, {
      key: `review:${order.id}:${review}`,
      subject: "A payment needs a review",
      text: `Order ${order.id}: ${review}.`,
    });
    return { result: "flagged", why: review };
  }
  if (review === "" && facts.payment.review) {
    await resolveAlerts(stores, {
      cause: `review:${order.id}`,
      text: `Order ${order.id} agrees with its payment again.`,
    });
  }
  return { result: "settled", why: change ?? (isNeedless ? "nobody needs it" : "refunds") };
}

const CAN_BE_PAID: ReadonlySet<OrderState> = new Set(["created", "open"]);
/**
 * The states in which one of the order's pages was submitted, with any result. So the consequences do not depend on
 * the sequence of events.
 */
const IS_COMPLETED: ReadonlySet<OrderState> = new Set([
  "processing",
  "paid",
  "partially_refunded",
  "refunded",
  "failed",
]);

/** Notifies the student of the order's current state, regardless of its history. The outbox sends nothing twice. */
async function tellStudent(
  { jobs }: SettlementStores,
  order: Order,
  facts: OrderFacts,
  standing: OrderStanding,
): Promise<void> {
  const { id: orderId } = order;
  const gave = facts.lines.some(({ grant }) => grant && givesOrWaits(grant.hold));
  const gives = standing.lines.some(({ access }) => access && "hold" in access && givesOrWaits(access.hold));
  if (gives && !gave) {
    await jobs.add({ kind: "send_notice", notice: { kind: "order_confirmation", orderId } });
  }
  if (standing.state === order.state) return;
  if (standing.state === "processing") {
    await jobs.add({ kind: "send_notice", notice: { kind: "payment_processing", orderId } });
  }
  if (standing.state === "failed") {
    await jobs.add({ kind: "send_notice", notice: { kind: "payment_failed", orderId } });
  }
}

const givesOrWaits = (hold: Hold | null) => hold === null || hold === "disputed";

/** Requests the refunds that are due, and withdraws those that no longer are. Returns whether anything changed. */
async function followRefunds(
  { books, jobs }: SettlementStores,
  policy: SettlementPolicy,
  order: Order,
  facts: OrderFacts,
  { dueRefunds }: Judgement,
): Promise<boolean> {
  let changed = false;
  const due = dueRefunds.filter(({ origin }) => origin !== "mismatch" || policy.refundsMismatches);
  const keys = new Set(due.map(({ requestKey }) => requestKey));
  for (const refund of facts.refunds) {
    if (refund.status !== "requested" || !isOwnRequest(refund) || keys.has(refund.requestKey!)) continue;
    await books.withdrawRefund(refund.id);
    changed = true;
  }
  for (const { origin, requestKey, session, amount, lines, reason } of due) {
    const refund = await books.requestRefund({
      orderId: order.id,
      paymentIntentId: session.paymentIntentId!,
      amount,
      origin,
      requestKey,
      requestedBy: null,
      reason,
      lines,
    });
    if (!refund) continue;
    await jobs.add({ kind: "submit_refund", refundId: refund.id });
    changed = true;
  }
  return changed;
}

const isMoneyBack = (status: RefundStatus | null) => status === "pending" || status === "succeeded";

/** Returns what applying the standing would change, in a few words; null for nothing. */
function changeOf(order: Order, facts: OrderFacts, standing: OrderStanding): string | null {
  if (standing.state !== order.state) return `${order.state} -> ${standing.state}`;
  const { payment } = facts;
  if (
    standing.status !== payment.status || standing.reason !== payment.reason ||
    standing.refunded !== payment.refundedAmount ||
    (standing.session?.sessionId ?? payment.sessionId) !== payment.sessionId ||
    (standing.session?.total ?? payment.paidAmount) !== payment.paidAmount ||
    (standing.session?.discount ?? payment.discountAmount) !== payment.discountAmount ||
    (standing.session?.tax ?? payment.taxAmount) !== payment.taxAmount ||
    standing.review.join("; ") !== (payment.review ?? "")
  ) return "payment";
  const differs = standing.lines.some(({ id, discount, paid, refunded, access }) => {
    const fact = facts.lines.find((line) => line.id === id)!;
    if (discount !== fact.discount || paid !== fact.paid || refunded !== fact.refunded) return true;
    if (access === null) return false;
    if ("noGrantReason" in access) return access.noGrantReason !== fact.noGrantReason;
    return fact.grant === null || fact.grant.hold !== access.hold;
  });
  if (differs) return "access";
  if (standing.pageIsClosed && !facts.pageIsClosed) return "its page is closed";
  return standing.codeIsReleased === (facts.code?.isReleased ?? false) ? null : "its code";
}
