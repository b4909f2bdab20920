import type { Transaction } from "../transaction.ts";
import type { Violation, Violations } from "./ports.ts";
import { raiseAlert } from "./raise_alert.ts";
import { bringInto, type SettlementPolicy, type SettlementStores } from "../settlement/settle.ts";

/** What always holds of money and access, by number. */
export const INVARIANTS: Record<Violation["invariant"], string> = {
  1: "a paid order line has exactly one grant, or a recorded reason why not",
  2: "no active grant hangs on a fully refunded or lost-dispute payment",
  3: "every grant has a source that exists",
  4: "refunds never exceed the payment, and all amounts of an order are in one currency and add up",
  5: "no dead letter is silent",
};

type Deps = {
  violations: Violations;
  transaction: Transaction<SettlementStores>;
  policy: SettlementPolicy;
};

/**
 * Finds what breaks an invariant. With `repair`, orders are made to stand as their facts say and silent dead letters
 * alert; what is left, which needs a person, is answered.
 */
export async function checkInvariants(deps: Deps, { repair }: { repair: boolean }): Promise<Violation[]> {
  const found = await deps.violations.all();
  if (!repair || found.length === 0) return found;
  const orderIds = new Set(found.flatMap(({ invariant, orderId }) => invariant <= 3 ? orderId ?? [] : []));
  for (const orderId of orderIds) {
    await deps.transaction(async (stores) => {
      const order = await stores.books.lock({ orderId });
      if (order) await bringInto(stores, deps.policy, order);
    });
  }
  for (const { invariant, alertKey, detail } of found) {
    if (invariant !== 5 || alertKey === null) continue;
    await deps.transaction((stores) =>
      raiseAlert(stores, { key: alertKey, subject: "A dead letter was found", text: detail })
    );
  }
  return await deps.violations.all();
}
