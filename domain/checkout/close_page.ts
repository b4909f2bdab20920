import { settle, type SettlementPolicy, type SettlementStores, settleOrder } from "../settlement/settle.ts";
import type { Transaction } from "../transaction.ts";
import type { Order, OrderHistory, Payments } from "./ports.ts";

export type ClosingDeps = {
  transaction: Transaction<SettlementStores>;
  orderHistory: Pick<OrderHistory, "byId">;
  payments: Pick<Payments, "closePage">;
  settlementPolicy: SettlementPolicy;
};

/** How many pages are closed concurrently. */
const AT_A_TIME = 5;

/**
 * Expires an order's payment page so that it can no longer be paid, and settles the outcome: the order's reservations
 * are released, or its payment counts. Does nothing if the order no longer exists. Throws DomainError
 * `vendor_unavailable` if the provider does not respond.
 */
export async function closePage(
  deps: ClosingDeps,
  input: { orderId: string; attempt: number; sessionId: string | null },
): Promise<void> {
  const { orderId, attempt, sessionId } = input;
  const order = await deps.orderHistory.byId(orderId);
  if (!order) return;
  const page = sessionId === null ? null : { checkoutSessionId: sessionId, url: "" };
  const evidence = await deps.payments.closePage({ ...order, attempt, page });
  await deps.transaction(async (stores) => {
    if (evidence) return void await settle(stores, deps.settlementPolicy, evidence);
    const locked = await stores.books.lock({ orderId });
    if (!locked) return;
    await stores.books.notePageClosed(orderId, attempt);
    await settleOrder(stores, deps.settlementPolicy, locked);
  });
}

/** Closes the current pages of orders concurrently, while a caller waits. Throws what `closePage` throws. */
export async function closePages(deps: ClosingDeps, orders: Order[]): Promise<void> {
  for (let at = 0; at < orders.length; at += AT_A_TIME) {
    await Promise.all(
      orders.slice(at, at + AT_A_TIME).map(({ id, attempt, page }) =>
        closePage(deps, { orderId: id, attempt, sessionId: page?.checkoutSessionId ?? null })
      ),
    );
  }
}
