import type { AccessLedger } from "../access/ports.ts";
import type { People } from "../accounts/ports.ts";
import type { Transaction } from "../transaction.ts";
import type { Violation, Violations } from "./ports.ts";
import { raiseAlert } from "./raise_alert.ts";
import { type SettlementPolicy, type SettlementStores, settleOrder } from "../settlement/settle.ts";

/** What always holds of money and access, by number. */
export const INVARIANTS: Record<Violation["invariant"], string> = {
  1: "a paid order line has exactly one grant, or a recorded reason why not",
  2: "no active grant hangs on a fully refunded or lost-dispute payment",
  3: "every grant has a source that exists",
  4: "refunds never exceed the payment, and all amounts of an order are in one currency and add up",
  5: "no dead letter is silent",
  6: "nothing is given to, or can be paid by, who is erased or deactivated or has it already",
  7: "of one student and course one paid line stands; every other is being refunded or flagged",
  8: "a line that was given back in full gives no access",
  9: "paid orders use a code within its limits, or are flagged; and hold it until they can be paid no more",
  10: "what is told of an order is what was charged and given back, by receipts in the order of payment",
};

/** What a person does about what is left of an invariant after a repair. */
export const BY_HAND: Record<Violation["invariant"], string> = {
  1: "give the student the course by hand, or refund the order",
  2: "revoke the grant, or find in Stripe how the payment stands and reconcile",
  3: "revoke the grant, or find in Stripe how the payment stands and reconcile",
  4: "compare the order with Stripe, and correct by SQL the rows that do not say what Stripe does",
  5: "look at the event or job, and at why no alert could be written",
  6: "cancel the order, or revoke the grant",
  7: "refund one of the payments, or revoke its grant: no payment of the order is known to pay back",
  8: "compare the order's refunds with Stripe, and revoke the grant where the money is back",
  9: "raise the code's limit, or refund the order",
  10:
    "compare the order with Stripe; a receipt that was issued keeps its number and date: note for the accounts that its date is earlier",
};

type Deps = {
  violations: Violations;
  transaction: Transaction<
    SettlementStores & { people: Pick<People, "lock">; accessLedger: Pick<AccessLedger, "suspend"> }
  >;
  settlementPolicy: SettlementPolicy;
};

/**
 * Finds what breaks an invariant. With `repair`, brings orders into the state that their facts require, suspends the
 * access of erased and deactivated accounts, and raises missing alerts for dead letters. Returns what is left for a
 * person; `BY_HAND` says what to do.
 */
export async function checkInvariants(deps: Deps, { repair }: { repair: boolean }): Promise<Violation[]> {
  const found = await deps.violations.all();
  if (!repair || found.length === 0) return found;
  await mend(deps, found);
  return await deps.violations.all();
}

/** Mends what it can of the orders that changed since they were last found whole; of dead letters it tells nobody. */
export async function mendChanged(deps: Deps): Promise<void> {
  await mend(deps, (await deps.violations.changed()).filter(({ invariant }) => invariant !== 5));
}

async function mend(deps: Deps, found: Violation[]): Promise<void> {
  for (const orderId of new Set(found.flatMap(({ orderId }) => orderId ?? []))) {
    await deps.transaction(async (stores) => {
      const order = await stores.books.lock({ orderId });
      if (order) await settleOrder(stores, deps.settlementPolicy, order);
    });
  }
  for (const studentId of new Set(found.flatMap(({ studentId }) => studentId ?? []))) {
    await deps.transaction(async ({ people, accessLedger }) => {
      const person = await people.lock(studentId);
      // Null for an erased account. A person who was reactivated since the check keeps their access.
      if (person === null || person.deactivatedAt !== null) await accessLedger.suspend(studentId, true);
    });
  }
  for (const { alertKey, detail } of found) {
    if (alertKey === null) continue;
    await deps.transaction((stores) =>
      raiseAlert(stores, { key: alertKey, subject: "A dead letter was found", text: detail })
    );
  }
}
