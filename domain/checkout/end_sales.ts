import type { Jobs } from "../jobs.ts";
import type { Transaction } from "../transaction.ts";
import { giveUp } from "./give_up.ts";
import type { OrderHistory, Orders } from "./ports.ts";

/** The number of orders per batch. */
const AT_ONCE = 100;

type Deps = {
  transaction: Transaction<{ orders: Pick<Orders, "lock" | "abandon">; jobs: Jobs }>;
  orderHistory: Pick<OrderHistory, "waitingInVain">;
};

/** Abandons unpaid orders for courses that are no longer sold, each in its own transaction. */
export async function endSales(deps: Deps): Promise<void> {
  for (let more = true; more;) {
    const waiting = await deps.orderHistory.waitingInVain(AT_ONCE);
    for (const id of waiting) {
      await deps.transaction(async (stores) => {
        const order = await stores.orders.lock(id);
        if (order) await giveUp(stores, order, "needless");
      });
    }
    more = waiting.length === AT_ONCE;
  }
}
