import type { Needs } from "../../domain/needs.ts";
import {
  addEndpoint,
  changeEndpoint,
  listDeliveries,
  listEndpoints,
  removeEndpoint,
  replayDelivery,
  rotateSecret,
  showEndpoint,
  testEndpoint,
} from "../../domain/webhooks/manage_endpoints.ts";
import type { Delivery, Endpoint } from "../../domain/webhooks/ports.ts";
import type { Handlers } from "../http/contract_app.ts";
import { pageOf, rangeOf } from "../http/pages.ts";

/** How long a replaced secret still signs if the caller does not say, in seconds. */
const OVERLAP_SECONDS = 86_400;

type Deps = Needs<
  | typeof addEndpoint
  | typeof changeEndpoint
  | typeof listDeliveries
  | typeof listEndpoints
  | typeof removeEndpoint
  | typeof replayDelivery
  | typeof rotateSecret
  | typeof showEndpoint
  | typeof testEndpoint
>;

/** Serves the endpoints that are told of events, and what was sent to them. */
export const webhookRoutes = (
  deps: Deps,
): Handlers<
  | "listWebhookEndpoints"
  | "createWebhookEndpoint"
  | "getWebhookEndpoint"
  | "updateWebhookEndpoint"
  | "deleteWebhookEndpoint"
  | "rotateWebhookSecret"
  | "testWebhookEndpoint"
  | "listWebhookDeliveries"
  | "replayWebhookDelivery"
> => ({
  async listWebhookEndpoints(request) {
    const { caller, query } = request;
    const { count, endpoints } = await listEndpoints(deps, { caller, range: rangeOf(query) });
    return { status: 200, body: pageOf(request, count, endpoints.map(toWireEndpoint)) };
  },

  async createWebhookEndpoint({ caller, body, requestId }) {
    const { url, description = "", events: eventTypes } = body;
    const added = await addEndpoint(deps, { caller, requestId, url, description, eventTypes });
    return { status: 201, body: { ...toWireEndpoint(added.endpoint), secret: added.secret } };
  },

  async getWebhookEndpoint({ caller, params }) {
    const endpoint = await showEndpoint(deps, { caller, endpointId: params.id });
    return { status: 200, body: toWireEndpoint(endpoint) };
  },

  async updateWebhookEndpoint({ caller, params, body, requestId }) {
    const { url, description, events: eventTypes, is_enabled: isEnabled } = body;
    const endpoint = await changeEndpoint(deps, {
      caller,
      requestId,
      endpointId: params.id,
      change: { url, description, eventTypes, isEnabled },
    });
    return { status: 200, body: toWireEndpoint(endpoint) };
  },

  async deleteWebhookEndpoint({ caller, params, requestId }) {
    await removeEndpoint(deps, { caller, requestId, endpointId: params.id });
    return { status: 204, body: undefined };
  },

  async rotateWebhookSecret({ caller, params, body, requestId }) {
    const { overlap_seconds: overlapSeconds = OVERLAP_SECONDS } = body;
    const rotated = await rotateSecret(deps, { caller, requestId, endpointId: params.id, overlapSeconds });
    return { status: 200, body: { ...toWireEndpoint(rotated.endpoint), secret: rotated.secret } };
  },

  async testWebhookEndpoint({ caller, params, requestId }) {
    const queued = await testEndpoint(deps, { caller, requestId, endpointId: params.id });
    return { status: 202, body: toWireDelivery(queued) };
  },

  async listWebhookDeliveries(request) {
    const { caller, query } = request;
    const { endpoint: endpointId, state } = query;
    const { count, deliveries } = await listDeliveries(deps, {
      caller,
      endpointId,
      state,
      range: rangeOf(query),
    });
    return { status: 200, body: pageOf(request, count, deliveries.map(toWireDelivery)) };
  },

  async replayWebhookDelivery({ caller, params, requestId }) {
    const queued = await replayDelivery(deps, { caller, requestId, deliveryId: params.id });
    return { status: 202, body: toWireDelivery(queued) };
  },
});

function toWireEndpoint({ id, url, description, eventTypes, createdAt, disabled }: Endpoint) {
  return {
    id,
    url,
    description,
    events: eventTypes,
    created_at: createdAt.toISOString(),
    disabled_at: disabled?.at.toISOString() ?? null,
    disabled_reason: disabled?.reason ?? null,
  };
}

function toWireDelivery(delivery: Delivery) {
  return {
    id: delivery.id,
    endpoint: delivery.endpointId,
    message: delivery.messageId,
    type: delivery.type,
    state: delivery.state,
    attempts: delivery.attempts,
    next_attempt_at: delivery.dueAt?.toISOString() ?? null,
    response_status: delivery.responseStatus,
    error: delivery.error,
    created_at: delivery.createdAt.toISOString(),
  };
}
