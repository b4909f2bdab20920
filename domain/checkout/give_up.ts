import type { Jobs } from "../jobs.ts";
import type { MetNeed, Order, Orders } from "./ports.ts";

/**
 * Abandons an unpaid order and has its page closed. Returns false if its state has changed. Until the page is closed
 * it may still be paid; then the payment wins. `why`: see `Orders`.
 */
export async function giveUp(
  stores: { orders: Pick<Orders, "abandon">; jobs: Jobs },
  order: Order,
  why: "given_up" | "needless" = "given_up",
): Promise<boolean> {
  if (!(await stores.orders.abandon(order.id, why))) return false;
  const { id, attempt, page } = order;
  await stores.jobs.add({
    kind: "close_page",
    orderId: id,
    attempt,
    sessionId: page?.checkoutSessionId ?? null,
  });
  return true;
}

/**
 * Abandons the orders that are no longer needed, in the transaction that makes them so, and returns them. To be
 * called before any locks are taken except those of the students. A payment that is already in progress is judged
 * when it arrives.
 */
export async function endNeeds(
  stores: { orders: Pick<Orders, "abandon" | "lockUnneeded">; jobs: Jobs },
  needs: MetNeed[],
): Promise<Order[]> {
  if (needs.length === 0) return [];
  const unneeded = await stores.orders.lockUnneeded(needs);
  for (const order of unneeded) await giveUp(stores, order, "needless");
  return unneeded;
}
