import type { Caller } from "../accounts/ports.ts";
import { requireAdministrator } from "../accounts/require_administrator.ts";
import { actorOf } from "../audit/actor.ts";
import type { AuditLog } from "../audit/ports.ts";
import { DomainError } from "../errors.ts";
import type { Transaction } from "../transaction.ts";
import { type AlertStores, resolveAlerts } from "../operations/raise_alert.ts";
import type { PaymentReviews, Purchase, Purchases } from "./ports.ts";

type Deps = {
  purchases: Purchases;
  transaction: Transaction<AlertStores & { paymentReviews: PaymentReviews; audit: AuditLog }>;
};

/**
 * Records that an administrator has reviewed a flagged payment. If something else turns out wrong later, the review
 * opens again. Throws DomainError `not_found` if none is open.
 */
export async function closeReview(
  deps: Deps,
  input: { caller: Caller; requestId: string; orderId: string; note: string },
): Promise<Purchase> {
  requireAdministrator(input.caller);
  await deps.transaction(async ({ paymentReviews, audit, ...stores }) => {
    const reason = await paymentReviews.close(input.orderId);
    if (reason === null) {
      throw new DomainError("not_found", "No payment of this order is waiting for a review.");
    }
    await audit.record({
      ...actorOf(input.caller),
      action: "payment.review",
      subject: { type: "order", id: input.orderId },
      after: { reviewed: reason },
      reason: input.note,
      requestId: input.requestId,
    });
    await resolveAlerts(stores, {
      cause: `review:${input.orderId}`,
      text: `The payment of order ${input.orderId} was reviewed.`,
    });
  });
  return (await deps.purchases.byId(input.orderId))!;
}
