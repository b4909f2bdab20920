import { requireAdministrator } from "../../accounts/require_administrator.ts";
import type { Caller } from "../../accounts/ports.ts";
import { actorOf } from "../../audit/actor.ts";
import type { AuditLog } from "../../audit/ports.ts";
import { orNotFound } from "../../errors.ts";
import { resolveAlerts } from "../../operations/raise_alert.ts";
import type { Transaction } from "../../transaction.ts";
import { EVENT_OUTCOME, type EventRecord, type PaymentEvents, type ReceivedEvents } from "./ports.ts";
import { applyEvidence, type EventStores, gatherEvidence, type ReceivingDeps } from "./receive_event.ts";

type Deps = Omit<ReceivingDeps, "transaction"> & {
  transaction: Transaction<EventStores & { audit: AuditLog }>;
  receivedEvents: ReceivedEvents;
  paymentEvents: PaymentEvents;
};

/**
 * Applies a received event again, regardless of its earlier result. Facts that are already known change nothing. For
 * administrators; recorded in the audit log. If applying it fails, throws that error and leaves the event unchanged.
 */
export async function replayEvent(
  deps: Deps,
  input: { id: string; caller: Caller; requestId: string },
): Promise<EventRecord> {
  requireAdministrator(input.caller);
  const received = orNotFound(await deps.receivedEvents.find(input.id), "event");
  const event = deps.paymentEvents.read(JSON.stringify(received.payload));
  const evidence = await gatherEvidence(deps, event);
  await deps.transaction(async (stores) => {
    const { result, why } = await applyEvidence(stores, deps.settlementPolicy, event, evidence);
    await stores.inbox.conclude(received.endpoint, received.eventId, result, why);
    await resolveAlerts(stores, {
      cause: `dead_letter:${received.endpoint}:${received.eventId}`,
      text: `Event ${received.eventId} was replayed: ${result}.`,
    });
    await stores.audit.record({
      ...actorOf(input.caller),
      action: "payment_event.replay",
      subject: { type: "payment_event", id: received.eventId },
      before: { outcome: EVENT_OUTCOME[received.result] },
      after: { outcome: EVENT_OUTCOME[result] },
      requestId: input.requestId,
    });
  });
  return (await deps.receivedEvents.find(input.id))!;
}
