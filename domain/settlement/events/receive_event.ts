import type { Transaction } from "../../transaction.ts";
import { raiseAlert } from "../../operations/raise_alert.ts";
import type { Inbox, PaymentEvent } from "./ports.ts";
import type { Evidence } from "../evidence.ts";
import type { ProviderBooks } from "../ports.ts";
import { settle, type SettlementPolicy, type SettlementResult, type SettlementStores } from "../settle.ts";

/** The number of failed applications after which an event is given up, with an alert. */
export const DEAD_AFTER = 8;

export type EventStores = SettlementStores & { inbox: Inbox };
export type ReceivingDeps = {
  transaction: Transaction<EventStores>;
  providerBooks: ProviderBooks;
  settlementPolicy: SettlementPolicy;
};

/** The result of a delivery: `duplicate` if this endpoint received the event before, `dead` if it was given up. */
type DeliveryResult = SettlementResult | { result: "duplicate"; why: null } | { result: "dead"; why: string };

/**
 * Stores a verified event in the inbox and applies it, in one transaction. If that fails, the failure is counted and
 * thrown, so that the provider delivers the event again. After `DEAD_AFTER` failures the event becomes a dead letter,
 * the operator is alerted, and the delivery is accepted.
 */
export async function receiveEvent(
  deps: ReceivingDeps,
  { endpoint, event }: { endpoint: string; event: PaymentEvent },
): Promise<DeliveryResult> {
  try {
    const evidence = await gatherEvidence(deps, event); // no transaction is open during the provider's response
    return await deps.transaction(async (stores) => {
      if (!(await stores.inbox.accept(endpoint, event))) return { result: "duplicate", why: null };
      const settled = await applyEvidence(stores, deps.settlementPolicy, event, evidence);
      await stores.inbox.conclude(endpoint, event.id, settled.result, settled.why);
      return settled;
    });
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    const failures = await countFailure(deps, endpoint, event, why);
    if (failures < DEAD_AFTER) throw error;
    return { result: "dead", why };
  }
}

async function countFailure(deps: ReceivingDeps, endpoint: string, event: PaymentEvent, why: string) {
  return await deps.transaction(async (stores) => {
    const failures = await stores.inbox.countFailure(endpoint, event, why, DEAD_AFTER);
    if (failures >= DEAD_AFTER) {
      await raiseAlert(stores, {
        key: `dead_letter:${endpoint}:${event.id}`,
        subject: "An event from Stripe could not be applied",
        text:
          `${event.type} ${event.id} failed ${failures} times: ${why}. Fix the cause, then replay the event.`,
      });
    }
    return failures;
  });
}

/**
 * Gathers the evidence of an event. Where its own data may be old or incomplete, fetches the provider's current state.
 */
export async function gatherEvidence(
  { providerBooks }: Pick<ReceivingDeps, "providerBooks">,
  { reading }: PaymentEvent,
): Promise<Evidence[]> {
  switch (reading.kind) {
    case "evidence":
      return [reading.evidence];
    case "refunds_of":
      return await providerBooks.refunds(reading.paymentIntentId);
    case "dispute": {
      const dispute = await providerBooks.dispute(reading.disputeId);
      return dispute ? [dispute] : [];
    }
    case "nothing":
      return [];
  }
}

/** Applies all evidence of one event, and returns the most important result. */
export async function applyEvidence(
  stores: SettlementStores,
  policy: SettlementPolicy,
  { reading }: PaymentEvent,
  evidence: Evidence[],
): Promise<SettlementResult> {
  if (evidence.length === 0) {
    return {
      result: "ignored",
      why: reading.kind === "nothing" ? reading.why : "Stripe knows nothing of it (or no longer does)",
    };
  }
  const weight = { flagged: 3, settled: 2, kept: 1, ignored: 0 };
  let heaviest: SettlementResult | undefined;
  for (const piece of evidence) {
    const settled = await settle(stores, policy, piece);
    if (!heaviest || weight[settled.result] > weight[heaviest.result]) heaviest = settled;
  }
  return heaviest!;
}
