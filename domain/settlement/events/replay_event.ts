import { requireAdministrator } from "../../accounts/require_administrator.ts";
import type { Caller } from "../../accounts/ports.ts";
import type { AuditLog } from "../../audit/ports.ts";
import { found } from "../../errors.ts";
import type { Transaction } from "../../transaction.ts";
import type { EventRecord, PaymentEvents, ReceivedEvents } from "./ports.ts";
import { applyEvidence, type EventStores, gatherEvidence, type ReceivingDeps } from "./receive_event.ts";

type Deps = Omit<ReceivingDeps, "transaction"> & {
  transaction: Transaction<EventStores & { audit: AuditLog }>;
  receivedEvents: ReceivedEvents;
  paymentEvents: PaymentEvents;
};

/**
 * Applies a received event once more, whatever came of it before; facts that are known change nothing. For
 * administrators; it goes to the audit log. Throws what keeps it from being applied, and leaves the event as it was.
 */
export async function replayEvent(
  deps: Deps,
  input: { id: string; caller: Caller; requestId: string },
): Promise<EventRecord> {
  requireAdministrator(input.caller);
  const received = found(await deps.receivedEvents.find(input.id), "event");
  const event = deps.paymentEvents.read(JSON.stringify(received.payload));
  const evidence = await gatherEvidence(deps, event);
  await deps.transaction(async (stores) => {
    const verdict = await applyEvidence(stores, deps.settlementPolicy, event, evidence);
    await stores.inbox.conclude(received.endpoint, received.eventId, verdict.kind, verdict.why);
    await stores.audit.record({
      actorId: input.caller.id,
      action: "payment_event.replay",
      subject: { type: "payment_event", id: received.eventId },
      before: { outcome: received.outcome },
      after: { outcome: verdict.kind },
      requestId: input.requestId,
    });
  });
  return (await deps.receivedEvents.find(input.id))!;
}
