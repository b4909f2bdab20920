import type { Transaction } from "../transaction.ts";
import type { Refund, Refunds } from "./ports.ts";
import { raiseAlert } from "../operations/raise_alert.ts";
import { settle, type SettlementPolicy, type SettlementStores, settleOrder } from "./settle.ts";

type Deps = {
  transaction: Transaction<SettlementStores>;
  refunds: Refunds;
  settlementPolicy: SettlementPolicy;
};

/**
 * Requests a refund that the shop has decided on from the payment provider, and settles the result; once, however
 * often it is called. A refund that is no longer due is withdrawn instead. Throws if the provider does not respond,
 * so that the job is retried.
 */
export async function submitRefund(deps: Deps, input: { refundId: string }): Promise<void> {
  const refund = await deps.transaction((stores) => takeUp(stores, deps.settlementPolicy, input.refundId));
  if (!refund) return;
  const answer = await deps.refunds.submit(refund); // no transaction is open during the provider's response
  await deps.transaction(async (stores) => {
    if (typeof answer !== "string") {
      await settle(stores, deps.settlementPolicy, answer);
      return;
    }
    await stores.books.lock({ paymentIntentId: refund.paymentIntentId });
    await stores.books.markRefused(refund.id, answer);
    await raiseAlert(stores, {
      key: `refund_refused:${refund.id}`,
      subject: "A refund was refused",
      text: `Stripe refused refund ${refund.id} of order ${refund.orderId}: ${answer}`,
    });
  });
}

/**
 * Marks the refund as submitted and returns it; also if a process crashed after marking it. Returns null if it is not
 * to be submitted.
 */
async function takeUp(
  stores: SettlementStores,
  policy: SettlementPolicy,
  refundId: string,
): Promise<Refund | null> {
  const { books } = stores;
  const known = await books.refund(refundId);
  if (!known) return null;
  const order = await books.lock({ paymentIntentId: known.paymentIntentId });
  if (order) await settleOrder(stores, policy, order); // withdraws it if the facts have changed in the meantime
  const refund = await books.refund(refundId);
  if (refund?.status === "submitted") return refund;
  return refund && await books.markSubmitted(refundId) ? refund : null;
}
