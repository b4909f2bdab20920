import type { Caller } from "../accounts/ports.ts";
import { requireAdministrator } from "../accounts/require_administrator.ts";
import { actorOf } from "../audit/actor.ts";
import type { AuditLog } from "../audit/ports.ts";
import { noSuch, orNotFound } from "../errors.ts";
import { type AlertStores, resolveAlerts } from "../operations/raise_alert.ts";
import type { Range } from "../range.ts";
import type { Transaction } from "../transaction.ts";
import type {
  Deliveries,
  Delivery,
  DeliveryState,
  Endpoint,
  EndpointChange,
  Endpoints,
  EndpointSecrets,
  EventType,
  Messenger,
} from "./ports.ts";

type Deps = {
  transaction: Transaction<{ endpoints: Endpoints; audit: AuditLog } & AlertStores>;
  endpointSecrets: EndpointSecrets;
  messenger: Pick<Messenger, "requireSendable">;
};
type Managed = { caller: Caller; requestId: string };
type Shown = { endpoint: Endpoint; secret: string };

const act = ({ caller, requestId }: Managed, verb: string, id: string, after?: Record<string, unknown>) => ({
  ...actorOf(caller),
  action: `webhook_endpoint.${verb}`,
  subject: { type: "webhook_endpoint", id },
  after,
  requestId,
});

export async function listEndpoints(
  deps: { endpoints: Pick<Endpoints, "list"> },
  { caller, range }: { caller: Caller; range: Range },
): Promise<{ count: number; endpoints: Endpoint[] }> {
  requireAdministrator(caller);
  return await deps.endpoints.list(range);
}

export async function showEndpoint(
  deps: { endpoints: Pick<Endpoints, "byId"> },
  { caller, endpointId }: { caller: Caller; endpointId: string },
): Promise<Endpoint> {
  requireAdministrator(caller);
  return orNotFound(await deps.endpoints.byId(endpointId), "endpoint");
}

/** Adds an endpoint, which is told of events from now on. Its secret is returned here and never again. */
export async function addEndpoint(
  deps: Deps,
  input: Managed & { url: string; description: string; eventTypes: EventType[] },
): Promise<Shown> {
  const { caller, url, description, eventTypes } = input;
  requireAdministrator(caller);
  await deps.messenger.requireSendable(url);
  const secret = deps.endpointSecrets.issue();
  return await deps.transaction(async ({ endpoints, audit }) => {
    const wanted = { url, description, eventTypes: [...new Set(eventTypes)], secret };
    const endpoint = await endpoints.add(wanted);
    await audit.record(act(input, "create", endpoint.id, { url, eventTypes }));
    return { endpoint, secret };
  });
}

/** Changes an endpoint, or enables or disables it. Enabled again, it is sent what waits for it. */
export async function changeEndpoint(
  deps: Deps,
  input: Managed & { endpointId: string; change: EndpointChange },
): Promise<Endpoint> {
  const { caller, endpointId, change } = input;
  requireAdministrator(caller);
  if (change.url !== undefined) await deps.messenger.requireSendable(change.url);
  return await deps.transaction(async ({ endpoints, audit, ...stores }) => {
    const endpoint = orNotFound(await endpoints.change(endpointId, change), "endpoint");
    await audit.record(act(input, "change", endpointId, { ...change }));
    if (!endpoint.disabled) {
      await resolveAlerts(stores, {
        cause: `webhook_endpoint:${endpointId}`,
        text: "The endpoint is enabled again.",
      });
    }
    return endpoint;
  });
}

export async function removeEndpoint(
  deps: Pick<Deps, "transaction">,
  input: Managed & { endpointId: string },
): Promise<void> {
  requireAdministrator(input.caller);
  await deps.transaction(async ({ endpoints, audit, ...stores }) => {
    if (!(await endpoints.remove(input.endpointId))) throw noSuch("endpoint");
    await audit.record(act(input, "remove", input.endpointId));
    await resolveAlerts(stores, {
      cause: `webhook_endpoint:${input.endpointId}`,
      text: "The endpoint was removed.",
    });
  });
}

/** Replaces an endpoint's secret. Messages are signed with both for so many seconds. */
export async function rotateSecret(
  deps: Pick<Deps, "transaction" | "endpointSecrets">,
  input: Managed & { endpointId: string; overlapSeconds: number },
): Promise<Shown> {
  const { caller, endpointId, overlapSeconds } = input;
  requireAdministrator(caller);
  const secret = deps.endpointSecrets.issue();
  return await deps.transaction(async ({ endpoints, audit }) => {
    const endpoint = orNotFound(await endpoints.rotate(endpointId, secret, overlapSeconds), "endpoint");
    await audit.record(act(input, "rotate", endpointId, { overlapSeconds }));
    return { endpoint, secret };
  });
}

/** Queues a test event for one endpoint, also if it is disabled. */
export async function testEndpoint(
  deps: Pick<Deps, "transaction">,
  input: Managed & { endpointId: string },
): Promise<Delivery> {
  requireAdministrator(input.caller);
  return await deps.transaction(async ({ endpoints, audit }) => {
    const delivery = orNotFound(await endpoints.queueTest(input.endpointId), "endpoint");
    await audit.record(act(input, "test", input.endpointId));
    return delivery;
  });
}

export async function listDeliveries(
  deps: { deliveries: Pick<Deliveries, "list"> },
  { caller, range, ...filter }: { caller: Caller; endpointId?: string; state?: DeliveryState; range: Range },
): Promise<{ count: number; deliveries: Delivery[] }> {
  requireAdministrator(caller);
  return await deps.deliveries.list(filter, range);
}

/** Sends a delivery once more, with the same id. */
export async function replayDelivery(
  deps: { transaction: Transaction<{ deliveries: Deliveries; audit: AuditLog }> },
  input: Managed & { deliveryId: string },
): Promise<Delivery> {
  requireAdministrator(input.caller);
  return await deps.transaction(async ({ deliveries, audit }) => {
    const delivery = orNotFound(
      await deliveries.replay(input.deliveryId),
      "delivery that is not on its way",
    );
    await audit.record(act(input, "replay", delivery.endpointId, { delivery: delivery.id }));
    return delivery;
  });
}
