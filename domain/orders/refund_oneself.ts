import type { Caller } from "../accounts/ports.ts";
import type { Clock } from "../clock.ts";
import { DomainError, orNotFound } from "../errors.ts";
import { answerOnce } from "../keyed/answer_once.ts";
import type { KeyedRequest } from "../keyed/ports.ts";
import type { Refund } from "../settlement/ports.ts";
import { asItWasAskedFor, askForRefund, type RefundStores } from "../settlement/refund_order.ts";
import type { Transaction } from "../transaction.ts";
import type { RefundableOrder, RefundableOrders } from "./ports.ts";
import { judgeSelfRefund, type LineVerdict, type RefundPolicy } from "./refund_policy.ts";
import { normaliseReference } from "../reference.ts";

type Deps = { refundPolicy: RefundPolicy; clock: Clock };

/** Returns which lines of their order a student can refund, and why not the others. */
export async function showSelfRefund(
  deps: Deps & { refundableOrders: RefundableOrders },
  { caller, orderId }: { caller: Caller; orderId: string },
): Promise<{ order: RefundableOrder; lines: LineVerdict[]; isAllowed: boolean }> {
  const order = ownedBy(caller, await deps.refundableOrders.byId(orderId));
  return { order, ...judgeSelfRefund(order, deps.refundPolicy, deps.clock()) };
}

/**
 * Refunds lines of an order, or all that remains of it, to its student, if the shop's policy allows it. `keyed`: a
 * repeated request with the same key returns the first one's refund. Throws DomainError `not_refundable` with the
 * reason if the policy forbids any requested line with an amount left, and whatever `answerOnce` throws.
 */
export async function refundOneself(
  deps: Deps & { transaction: Transaction<RefundStores & { refundableOrders: RefundableOrders }> },
  input: {
    caller: Caller;
    orderId: string;
    /** Empty: the whole order. */
    lineIds: string[];
    reason: string;
    keyed: KeyedRequest | null;
    requestId: string;
  },
): Promise<Refund> {
  const { caller, orderId, reason, requestId } = input;
  const lineIds = input.lineIds.map(normaliseReference);
  return await deps.transaction((stores) =>
    answerOnce(stores, input.keyed, {
      async act() {
        await stores.books.lock({ orderId });
        const order = ownedBy(caller, await stores.refundableOrders.byId(orderId));
        const { lines } = judgeSelfRefund(order, deps.refundPolicy, deps.clock());
        refuseUnlessAllowed(lines, lineIds);
        return await askForRefund(stores, order.order, order.facts, {
          lineIds,
          origin: "student",
          requestedBy: caller.id,
          keyId: null,
          reason,
          requestId,
        });
      },
      recall: (refundId) => asItWasAskedFor(stores.books, refundId),
    })
  );
}

function ownedBy(caller: Caller, order: RefundableOrder | null): RefundableOrder {
  return orNotFound(order?.order.studentId === caller.id && order, "order");
}

function refuseUnlessAllowed(lines: LineVerdict[], lineIds: string[]): void {
  const open = lines.filter(({ left }) => left > 0n);
  const wanted = lineIds.length > 0
    ? lines.filter(({ id }) => lineIds.includes(id))
    : open.length > 0
    ? open
    : lines;
  const refused = wanted.filter(({ isAllowed }) => !isAllowed);
  if (refused.length === 0) return;
  throw new DomainError("not_refundable", refused.map(({ title, why }) => `${title}: ${why}`).join(" "));
}
