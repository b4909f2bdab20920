import type { Transaction } from "../transaction.ts";
import type { Inbox, PaymentEvent } from "./ports.ts";
import { type SettlementStores, settlePayment } from "./settle_payment.ts";

type Deps = { transaction: Transaction<SettlementStores & { inbox: Inbox }> };

/** What came of an event: `duplicate` when this endpoint has had it before. */
export type Receipt = { outcome: "settle" | "flag" | "ignore" | "duplicate"; why: string | null };

/** Takes a verified webhook event into the inbox and applies it, in one transaction: all of it is kept or none. */
export async function receiveEvent(
  deps: Deps,
  { endpoint, event }: { endpoint: string; event: PaymentEvent },
): Promise<Receipt> {
  return await deps.transaction(async (stores) => {
    if (!(await stores.inbox.accept(endpoint, event))) return { outcome: "duplicate", why: null };
    const verdict = event.evidence
      ? await settlePayment(stores, event.evidence)
      : { kind: "ignore" as const, why: event.ignoredBecause ?? "not about a payment" };
    const why = verdict.kind === "settle" ? null : verdict.why;
    await stores.inbox.conclude(endpoint, event.id, verdict.kind, why);
    return { outcome: verdict.kind, why };
  });
}
