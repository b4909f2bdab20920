import { requireAdministrator } from "../../domain/accounts/require_administrator.ts";
import { orNotFound } from "../../domain/errors.ts";
import {
  EVENT_OUTCOME,
  type EventRecord,
  type PaymentEvents,
  type ReceivedEvents,
} from "../../domain/settlement/events/ports.ts";
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

/** Receives Stripe's events, and serves the list of them. */
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
    const event = orNotFound(await deps.receivedEvents.find(params.id), "event");
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
  const { result, why } = await receiveEvent(deps, { endpoint, event });
  const outcome = result === "duplicate" ? result : EVENT_OUTCOME[result];
  deps.log[result === "dead" ? "error" : result === "flagged" ? "warn" : "info"]("payment event", {
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
    outcome: EVENT_OUTCOME[event.result],
    result: event.result,
    reason: event.reason,
    attempts: event.attempts,
    received_at: event.receivedAt.toISOString(),
    updated_at: event.updatedAt.toISOString(),
  };
}

function toEvent(event: EventRecord) {
  return { ...toHeading(event), payload: event.payload as Record<string, unknown> };
}
