import { requireAdministrator } from "../../domain/accounts/require_administrator.ts";
import { found } from "../../domain/errors.ts";
import type { EventRecord, PaymentEvents, ReceivedEvents } from "../../domain/settlement/events/ports.ts";
import { receiveEvent } from "../../domain/settlement/events/receive_event.ts";
import { replayEvent } from "../../domain/settlement/events/replay_event.ts";
import type { ContractRequest, Handlers } from "../http/contract_app.ts";
import { pageOf, rangeOf } from "../http/pages.ts";
import type { RequestLog } from "../http/transport.ts";
import type { Needs } from "../../domain/needs.ts";

type Deps = Needs<typeof receiveEvent | typeof replayEvent> & {
  paymentEvents: PaymentEvents;
  receivedEvents: ReceivedEvents;
  log: RequestLog;
};

/** What Stripe reports, and the desk of received events. */
export const paymentEventRoutes = (
  deps: Deps,
): Handlers<
  "stripeWebhook" | "stripeWebhookRoot" | "listPaymentEvents" | "getPaymentEvent" | "replayPaymentEvent"
> => ({
  stripeWebhook: (request) => receive(deps, "main", request),
  stripeWebhookRoot: (request) => receive(deps, "root", request),

  async listPaymentEvents(request) {
    requireAdministrator(request.caller);
    const { outcome, type, event_id: eventId } = request.query;
    const { count, events } = await deps.receivedEvents.list(
      { outcome, type, eventId },
      rangeOf(request.query),
    );
    return { status: 200, body: pageOf(request, count, events.map(toHeading)) };
  },

  async getPaymentEvent({ params, caller }) {
    requireAdministrator(caller);
    const event = found(await deps.receivedEvents.find(params.id), "event");
    return { status: 200, body: toEvent(event) };
  },

  async replayPaymentEvent({ params, caller, requestId }) {
    return { status: 200, body: toEvent(await replayEvent(deps, { id: params.id, caller, requestId })) };
  },
});

async function receive(
  deps: Deps,
  endpoint: string,
  { rawBody, header }: Pick<ContractRequest<"stripeWebhook">, "rawBody" | "header">,
) {
  const event = await deps.paymentEvents.verify(rawBody, header("stripe-signature"));
  const { outcome, why } = await receiveEvent(deps, { endpoint, event });
  deps.log[outcome === "dead" ? "error" : outcome === "flag" ? "warn" : "info"]("payment event", {
    eventId: event.id,
    type: event.type,
    outcome,
    why,
  });
  return { status: 200 as const, body: { outcome } };
}

function toHeading(event: Omit<EventRecord, "payload">) {
  return {
    id: event.id,
    endpoint: event.endpoint,
    event_id: event.eventId,
    type: event.type,
    outcome: event.outcome,
    reason: event.reason,
    attempts: event.attempts,
    received_at: event.receivedAt.toISOString(),
    updated_at: event.updatedAt.toISOString(),
  };
}

function toEvent(event: EventRecord) {
  return { ...toHeading(event), payload: event.payload as Record<string, unknown> };
}
