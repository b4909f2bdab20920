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
 * Asks the payment provider for a refund that the shop has decided on, and settles its answer; once, however often it is
 * called. One that is no longer due is withdrawn instead. Throws when the provider does not answer, to be tried again.
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

/** The refund when it is to be submitted, marked so; also when a process died after it had marked it. */
async function takeUp(
  stores: SettlementStores,
  policy: SettlementPolicy,
  refundId: string,
): Promise<Refund | null> {
  const { books } = stores;
  const known = await books.refund(refundId);
  if (!known) return null;
  const order = await books.lock({ paymentIntentId: known.paymentIntentId });
  if (order) await settleOrder(stores, policy, order); // withdraws it when the facts have changed meanwhile
  const refund = await books.refund(refundId);
  if (refund?.status === "submitted") return refund;
  return refund && await books.markSubmitted(refundId) ? refund : null;
}
