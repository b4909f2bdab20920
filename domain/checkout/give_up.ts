import type { Jobs } from "../jobs.ts";
import type { Order, Orders } from "./ports.ts";

/**
 * Gives up an order that waits to be paid, and has its page closed; false when it has moved on. Until the page is closed
 * it may still be paid: then money wins.
 */
export async function giveUp(stores: { orders: Orders; jobs: Jobs }, order: Order): Promise<boolean> {
  if (!(await stores.orders.abandon(order.id))) return false;
  const { id, attempt, page } = order;
  await stores.jobs.add({ kind: "close_page", orderId: id, attempt, sessionId: page?.sessionId ?? null });
  return true;
}
