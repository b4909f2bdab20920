import type { Clock } from "../clock.ts";
import type { Transaction } from "../transaction.ts";
import type { Checks, ProviderBooks } from "./ports.ts";
import { settle, type SettlementPolicy, type SettlementStores } from "./settle.ts";

/** How long the payment provider's response about an order counts as fresh, in seconds. */
export const FRESH_SECONDS = 2;

export type CheckingDeps = {
  transaction: Transaction<SettlementStores>;
  checks: Checks;
  /** Times out early, because a user is waiting for the page. */
  interactiveBooks: Pick<ProviderBooks, "session">;
  settlementPolicy: SettlementPolicy;
  clock: Clock;
};

/**
 * Asks the payment provider about unpaid orders and settles the results: for one order, or for the student's orders
 * for one course. Each order is looked up at most once in `FRESH_SECONDS`, by all callers together. Returns whether
 * anything was settled; nothing is if the provider does not respond soon.
 */
export async function checkOrders(
  deps: CheckingDeps,
  which: { orderId: string } | { studentId: string; courseId: string },
): Promise<boolean> {
  const now = deps.clock();
  const sessionIds = await deps.checks.claim(which, now, new Date(now.getTime() - FRESH_SECONDS * 1000));
  let settled = false;
  for (const sessionId of sessionIds) {
    const evidence = await deps.interactiveBooks.session(sessionId).catch(() => null);
    if (!evidence) continue;
    const { result } = await deps.transaction((stores) => settle(stores, deps.settlementPolicy, evidence));
    settled ||= result === "settled";
  }
  return settled;
}
