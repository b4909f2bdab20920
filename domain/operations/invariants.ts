import type { AccessLedger } from "../access/ports.ts";
import type { People } from "../accounts/ports.ts";
import type { Transaction } from "../transaction.ts";
import type { Violation, Violations } from "./ports.ts";
import { raiseAlert } from "./raise_alert.ts";
import { type SettlementPolicy, type SettlementStores, settleOrder } from "../settlement/settle.ts";

/** What must always hold for money and access, by number. */
export const INVARIANTS: Record<Violation["invariant"], string> = {
  1: "a paid order line has exactly one grant, or a recorded reason why not",
  2: "no active grant depends on a payment that was refunded in full or lost in a dispute",
  3: "every grant has a source that exists",
  4: "refunds never exceed the payment, and all amounts of an order are in one currency and add up",
  5: "every dead letter has raised an alert",
  6: "nobody who is erased or deactivated, or already has the course, is given it or can pay for it",
  7: "a student has one paid line per course in force; every other is being refunded or flagged",
  8: "a line that was refunded in full gives no access",
  9: "paid orders use a code within its limits, or are flagged; orders hold their code until they can no longer be paid",
  10:
    "the amounts shown for an order are those charged and refunded, and receipts are in the order of payment",
};

/** What a person does about violations that a repair has left, by number of the invariant. */
export const BY_HAND: Record<Violation["invariant"], string> = {
  1: "give the student the course, or refund the order",
  2: "revoke the grant, or check the payment in Stripe and reconcile",
  3: "revoke the grant, or check the payment in Stripe and reconcile",
  4: "compare the order with Stripe, and correct by SQL the rows that differ",
  5: "look at the event or job, and find out why no alert could be stored",
  6: "cancel the order, or revoke the grant",
  7: "refund one of the payments, or revoke its grant: the order has no known payment that could be refunded",
  8: "compare the order's refunds with Stripe, and revoke the grant if the money was refunded",
  9: "raise the code's limit, or refund the order",
  10:
    "compare the order with Stripe; a receipt that was issued keeps its number and date, so note in the books that its date is earlier",
};

type Deps = {
  violations: Violations;
  transaction: Transaction<
    SettlementStores & { people: Pick<People, "lock">; accessLedger: Pick<AccessLedger, "suspend"> }
  >;
  settlementPolicy: SettlementPolicy;
};

/**
 * Finds violations of the invariants. With `repair`, brings orders into the state that their facts require, suspends
 * the access of erased and deactivated accounts, and raises missing alerts for dead letters. Returns the violations
 * that are left for a person; `BY_HAND` says what to do about them.
 */
export async function checkInvariants(deps: Deps, { repair }: { repair: boolean }): Promise<Violation[]> {
  const found = await deps.violations.all();
  if (!repair || found.length === 0) return found;
  await mend(deps, found);
  return await deps.violations.all();
}

/**
 * Repairs what it can of the orders that changed since they were last found intact. Raises no alerts for dead
 * letters.
 */
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
