import type { Caller } from "../accounts/ports.ts";
import type { Clock } from "../clock.ts";
import { DomainError } from "../errors.ts";
import type { Refund } from "../settlement/ports.ts";
import { refundOrder } from "../settlement/refund_order.ts";
import type { RefundableOrder, RefundableOrders } from "./ports.ts";
import { judgeSelfRefund, type LineVerdict, type RefundPolicy } from "./refund_policy.ts";

type Deps = { refundableOrders: RefundableOrders; refundPolicy: RefundPolicy; clock: Clock };

/** Tells a student which lines of an order of theirs can be taken back, and why not the others. */
export async function showSelfRefund(
  deps: Deps,
  input: { caller: Caller; orderId: string },
): Promise<{ order: RefundableOrder; lines: LineVerdict[] }> {
  const order = await deps.refundableOrders.byId(input.orderId);
  if (!order || order.studentId !== input.caller.id) {
    throw new DomainError("not_found", "There is no such order.");
  }
  return { order, lines: judgeSelfRefund(order, deps.refundPolicy, deps.clock()) };
}

/**
 * Refunds lines of an order, or all of it, to the student who asks, as far as the shop's policy allows. Throws DomainError
 * `not_refundable` that says why, when it does not allow every line that is asked for.
 */
export async function refundOneself(
  deps: Deps & Parameters<typeof refundOrder>[0],
  input: {
    caller: Caller;
    orderId: string;
    /** Empty: all of it. */
    lineIds: string[];
    reason: string;
    requestKey: string | null;
    requestId: string;
  },
): Promise<Refund> {
  const { caller, orderId, lineIds } = input;
  const { lines } = await showSelfRefund(deps, input);
  const wanted = lineIds.length === 0 ? lines : lines.filter(({ line }) => lineIds.includes(line.id));
  const refused = wanted.filter(({ isAllowed }) => !isAllowed);
  if (refused.length > 0) {
    const reasons = refused.map(({ line, why }) => `${line.title}: ${why}`);
    throw new DomainError("not_refundable", reasons.join(" "));
  }
  return await refundOrder(deps, {
    orderId,
    lineIds,
    origin: "student",
    requestedBy: caller.id,
    reason: input.reason,
    requestKey: input.requestKey,
    requestId: input.requestId,
  });
}
