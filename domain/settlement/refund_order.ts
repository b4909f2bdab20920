import type { AuditLog } from "../audit/ports.ts";
import type { Order } from "../checkout/ports.ts";
import { DomainError, invalidField, orNotFound } from "../errors.ts";
import type { Jobs } from "../jobs.ts";
import { answerOnce } from "../keyed/answer_once.ts";
import type { KeyedRequest, KeyedRequests } from "../keyed/ports.ts";
import { sum } from "../money.ts";
import type { Transaction } from "../transaction.ts";
import { askable, isOwnRequest, judge, refundable } from "./judge.ts";
import type { Books, OrderFacts, OrderStanding, Refund, RefundFact } from "./ports.ts";
import { normaliseReference } from "../reference.ts";

export type RefundStores = { books: Books; audit: AuditLog; jobs: Jobs; keyedRequests: KeyedRequests };
type Deps = { transaction: Transaction<RefundStores> };

export type AskForRefund = {
  /** The lines to refund, in full; empty: all that remains of the order. */
  lineIds: string[];
  origin: "administrator" | "student";
  requestedBy: string;
  /** The API key with which a program requested it for them; null if they did. */
  keyId: string | null;
  /** The requester's own words. */
  reason: string;
  requestId: string;
};

/**
 * Requests the refund of an order or of some of its lines. The request is stored and submitted by a job; access ends
 * once the provider has accepted it. The caller decides whether the requester may ask. `keyed`: a repeated request
 * with the same key returns the first one's refund. If the shop itself already refunds the whole order, as for an
 * erased account, an administrator's request returns that refund. Throws DomainError `not_found` for an unknown
 * order, `invalid_input` for lines of another order, `not_refundable` if nothing is left to refund, and whatever
 * `answerOnce` throws.
 */
export async function refundOrder(
  deps: Deps,
  input: AskForRefund & { orderId: string; keyed: KeyedRequest | null },
): Promise<Refund> {
  return await deps.transaction((stores) =>
    answerOnce(stores, input.keyed, {
      async act() {
        const order = orNotFound(await stores.books.lock({ orderId: input.orderId }), "order");
        return await askForRefund(stores, order, await stores.books.facts(order), input);
      },
      recall: (refundId) => asItWasAskedFor(stores.books, refundId),
    })
  );
}

/** Returns the refund as it was when it was requested, whatever has happened to it since. */
export async function asItWasAskedFor(books: Books, refundId: string): Promise<Refund> {
  return { ...(await books.refund(refundId))!, status: "requested", failureReason: null };
}

/** Does the same for a locked order within a transaction. */
export async function askForRefund(
  { books, audit, jobs }: RefundStores,
  order: Order,
  facts: OrderFacts,
  { origin, requestedBy, keyId, reason, requestId, ...input }: AskForRefund,
): Promise<Refund> {
  const lineIds = [...new Set(input.lineIds.map(normaliseReference))];
  const { standing } = judge(order, facts);
  const own = lineIds.length === 0 ? givenBackByTheShop(facts, standing) : null;
  if (own) return (await books.refund(own.id))!;
  const { paymentIntentId, amount, lines } = plan(order, facts, standing, lineIds);
  const refund = await books.requestRefund({
    orderId: order.id,
    paymentIntentId,
    amount: { amount, currency: order.subtotal.currency },
    origin,
    requestKey: null,
    requestedBy,
    reason,
    lines,
  });
  await audit.record({
    actorId: requestedBy,
    keyId,
    action: "order.refund",
    subject: { type: "order", id: order.id },
    after: { refund_id: refund!.id, amount: amount.toString(), line_ids: lineIds },
    reason,
    requestId,
  });
  await jobs.add({ kind: "submit_refund", refundId: refund!.id });
  return refund!;
}

/** Returns the shop's own refund of an order's whole payment; undefined if there is none, or it failed. */
function givenBackByTheShop({ refunds }: OrderFacts, { session }: OrderStanding): RefundFact | undefined {
  return refunds.find((refund) =>
    isOwnRequest(refund) && refund.paymentIntentId === session?.paymentIntentId &&
    refund.amount === session.total && refund.status !== "failed" && refund.status !== "canceled"
  );
}

function plan(order: Order, facts: OrderFacts, standing: OrderStanding, lineIds: string[]) {
  const { session } = standing;
  const foreign = lineIds.filter((id) => !order.lines.some((line) => line.id === id));
  if (foreign.length > 0) {
    throw invalidField("line_ids", `These lines do not belong to this order: ${foreign.join(", ")}.`);
  }
  if (session === null) throw new DomainError("not_refundable", "Nothing was paid for this order.");
  const left = refundable(session, facts.refunds);
  if (session.paymentIntentId === null || left <= 0n) {
    throw new DomainError(
      "not_refundable",
      "Nothing is left to refund on this order, or a refund is already in progress.",
    );
  }
  if (standing.lines.some(({ access }) => access && "hold" in access && access.hold?.startsWith("dispute"))) {
    throw new DomainError(
      "not_refundable",
      "The bank is holding this payment for a dispute; the dispute decides what happens to it.",
    );
  }
  const { paymentIntentId } = session;
  const balances = askable(order, facts, session);
  const open = balances.filter(({ left }) => left > 0n);
  if (lineIds.length === 0 && balances.every(({ paid, left }) => left > 0n || paid === 0n)) {
    return { paymentIntentId, amount: left, lines: [] };
  }
  // After refunds of lines, only the other lines are left of the order, whatever happens to those refunds.
  const wanted = lineIds.length === 0 ? open : balances.filter(({ id }) => lineIds.includes(id));
  const lines = wanted.map(({ id, left }) => ({ lineId: id, amount: left }));
  const done = lines.filter(({ amount }) => amount === 0n);
  if (done.length > 0) {
    throw new DomainError(
      "not_refundable",
      `Nothing is left to refund for ${
        done.map(({ lineId }) => lineId).join(", ")
      }, or a refund is already in progress.`,
    );
  }
  return { paymentIntentId, amount: sum(lines.map(({ amount }) => amount)), lines };
}
