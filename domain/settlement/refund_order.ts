import type { AuditLog } from "../audit/ports.ts";
import type { Order } from "../checkout/ports.ts";
import { DomainError } from "../errors.ts";
import type { Jobs } from "../jobs.ts";
import type { Transaction } from "../transaction.ts";
import { judge, refundable } from "./judge.ts";
import type { Books, OrderFacts, Refund, RefundFact, Standing } from "./ports.ts";

type Stores = { books: Books; audit: AuditLog; jobs: Jobs };
type Deps = { transaction: Transaction<Stores> };

export type RefundOrder = {
  orderId: string;
  /** Which lines to refund, in full; empty: all that is left of the order. */
  lineIds: string[];
  origin: "administrator" | "student";
  requestedBy: string;
  /** In the words of whoever asks. */
  reason: string;
  /** Asking twice with one key is asking once; null: without. */
  requestKey: string | null;
  requestId: string;
};

/**
 * Asks for the refund of an order, or of lines of it: the request is kept and submitted by a job, and access ends as soon
 * as the provider has taken it. Whether somebody may ask is the caller's to judge. Throws DomainError `not_found` for an
 * unknown order, `invalid_input` for lines of another order, `not_refundable` when there is nothing left to refund.
 */
export async function refundOrder(deps: Deps, input: RefundOrder): Promise<Refund> {
  const { orderId, lineIds, origin, requestedBy, reason, requestId } = input;
  const requestKey = input.requestKey === null ? null : `asked:${orderId}:${input.requestKey}`;
  return await deps.transaction(async ({ books, audit, jobs }) => {
    const order = await books.lock({ orderId });
    if (!order) throw new DomainError("not_found", "There is no such order.");
    const before = requestKey === null ? null : await books.refundByKey(requestKey);
    if (before) return before;
    const facts = await books.facts(order);
    const { standing } = judge(order, facts);
    const { paymentIntentId, amount, lines } = plan(order, facts, standing, lineIds);
    const refund = await books.requestRefund({
      orderId,
      paymentIntentId,
      amount: { amount, currency: order.total.currency },
      origin,
      requestKey,
      requestedBy,
      reason,
      lines,
    });
    await audit.record({
      actorId: requestedBy,
      action: "order.refund",
      subject: { type: "order", id: orderId },
      after: { refund_id: refund!.id, amount: amount.toString(), line_ids: lineIds },
      reason,
      requestId,
    });
    await jobs.add({ kind: "submit_refund", refundId: refund!.id });
    return refund!;
  });
}

function plan(order: Order, facts: OrderFacts, standing: Standing, lineIds: string[]) {
  const { session } = standing;
  const foreign = lineIds.filter((id) => !order.lines.some((line) => line.id === id));
  if (foreign.length > 0) {
    throw new DomainError("invalid_input", "Check the fields named under errors.", {
      fields: { line_ids: [`These are no lines of this order: ${foreign.join(", ")}.`] },
    });
  }
  if (session === null) throw new DomainError("not_refundable", "Nothing was paid for this order.");
  const left = refundable(session, facts.refunds);
  if (session.paymentIntentId === null || left <= 0n) {
    throw new DomainError(
      "not_refundable",
      "Nothing is left to refund of this order, or it is being refunded.",
    );
  }
  if (standing.lines.some(({ access }) => access && "hold" in access && access.hold?.startsWith("dispute"))) {
    throw new DomainError("not_refundable", "The bank holds this payment for a dispute, which decides it.");
  }
  const { paymentIntentId } = session;
  if (lineIds.length === 0) return { paymentIntentId, amount: left, lines: [] };
  const lines = [...new Set(lineIds)].map((lineId) => ({
    lineId,
    amount: leftOfLine(order, standing, facts.refunds, lineId),
  }));
  const done = lines.filter(({ amount }) => amount <= 0n);
  if (done.length > 0) {
    throw new DomainError(
      "not_refundable",
      `Nothing is left to refund of ${done.map(({ lineId }) => lineId).join(", ")}, or it is being refunded.`,
    );
  }
  const amount = lines.reduce((sum, line) => sum + line.amount, 0n);
  if (amount > left) {
    throw new DomainError(
      "not_refundable",
      "So much is not left of this order. Refund all that is left instead.",
    );
  }
  return { paymentIntentId, amount, lines };
}

/** What a line cost, less what was given back of it and what is about to be. */
function leftOfLine(order: Order, standing: Standing, refunds: RefundFact[], lineId: string): bigint {
  const { amount } = order.lines.find(({ id }) => id === lineId)!;
  const { discount, refunded } = standing.lines.find(({ id }) => id === lineId)!;
  const asked = refunds.filter(({ status }) => status === "requested" || status === "submitted")
    .flatMap(({ lines }) => lines).filter((line) => line.lineId === lineId)
    .reduce((sum, line) => sum + line.amount, 0n);
  return amount - discount - refunded - asked;
}
