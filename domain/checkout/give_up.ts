import type { Jobs } from "../jobs.ts";
import type { MetNeed, Order, Orders } from "./ports.ts";

/**
 * Gives up an order that waits to be paid, and has its page closed; false when it has moved on. Until the page is closed
 * it may still be paid: then money wins. `why`: see `Orders`.
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
 * Gives up the orders that are no longer needed, in the transaction that meets the need or ends it, and returns them.
 * To be called before any locks are taken except those of the students. A payment that is already in progress is judged
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
