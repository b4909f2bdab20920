import type { Clock } from "../clock.ts";
import { type AlertStores, raiseAlert } from "../operations/raise_alert.ts";
import type { Transaction } from "../transaction.ts";
import type { Deliveries, DeliveryResult, DueDelivery, Endpoints, Messenger } from "./ports.ts";

export type DeliveringDeps = {
  transaction: Transaction<{ endpoints: Pick<Endpoints, "disable">; deliveries: Deliveries } & AlertStores>;
  messenger: Pick<Messenger, "send">;
  clock: Clock;
  log: { warn(message: string, fields: Record<string, unknown>): void };
};

/** How many deliveries one process has under way, and how many of all processes go to one endpoint. */
const AT_ONCE = { most: 20, perEndpoint: 2 };
/** How long a claim lasts, in seconds: longer than a try. After that its process is presumed dead. */
const LEASE_SECONDS = 60;

const [MINUTE, HOUR] = [60, 3600];
/** Seconds until the next try, after each that failed. They add up to three days. */
const WAITS = [5, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 5 * HOUR, 10 * HOUR, 14 * HOUR, 20 * HOUR, 24 * HOUR];
/** The status of an endpoint that will never take anything again. */
const GONE = 410;
/** The longest wait that an endpoint may ask for, in seconds. */
const LONGEST_WAIT = 24 * HOUR;

/**
 * Starts the deliveries that are due, as many as there is room for beside those `underWay`, and adds them there until
 * they end. Returns how many it started. A slow endpoint holds up no other.
 */
export async function startDeliveries(deps: DeliveringDeps, underWay: Set<Promise<void>>): Promise<number> {
  const room = AT_ONCE.most - underWay.size;
  if (room <= 0) return 0;
  const due = await deps.transaction(({ deliveries }) =>
    deliveries.claim({ ...AT_ONCE, most: room, leaseSeconds: LEASE_SECONDS })
  );
  for (const delivery of due) {
    const ending = deliver(deps, delivery)
      .catch((error) => deps.log.warn("delivery not recorded", { id: delivery.id, error: String(error) }))
      .finally(() => underWay.delete(ending));
    underWay.add(ending);
  }
  return due.length;
}

/**
 * Sends one delivery and records the result. An endpoint that says it is gone, or that has taken nothing for the three
 * days in which a delivery was tried, is disabled, and the operator is told.
 */
async function deliver(deps: DeliveringDeps, due: DueDelivery): Promise<void> {
  const result = await tryToSend(deps, due);
  await deps.transaction(async (stores) => {
    await stores.deliveries.conclude(due.id, result);
    if (result.state !== "failed") return;
    const unlessDeliveredSince = result.status === GONE ? null : due.message.occurredAt;
    if (!(await stores.endpoints.disable(due.endpointId, result.error, unlessDeliveredSince))) return;
    await raiseAlert(stores, {
      key: `webhook_endpoint:${due.endpointId}:${due.id}`,
      subject: "A webhook endpoint was disabled",
      text:
        `${new URL(due.url).host} did not take an event (${result.error}), so nothing more is sent to it. ` +
        "Mend it, then enable the endpoint; what waits for it is sent then.",
    });
  });
}

async function tryToSend(
  { messenger, clock }: DeliveringDeps,
  { url, secrets, message, attempts }: DueDelivery,
): Promise<DeliveryResult> {
  const { id, type, occurredAt, data } = message;
  const body = JSON.stringify({ type, timestamp: occurredAt.toISOString(), data });
  let status: number | null = null;
  let error: string;
  let asked = 0;
  try {
    const receipt = await messenger.send({ url, secrets }, { id, body, now: clock() });
    ({ status } = receipt);
    if (status >= 200 && status < 300) return { state: "delivered", status };
    if (status === GONE) return { state: "failed", status, error: "it answered 410 Gone", afterSeconds: 0 };
    error = `it answered ${status}`;
    asked = receipt.retryAfterSeconds ?? 0;
  } catch (reason) {
    error = reason instanceof Error ? reason.message : String(reason);
  }
  const wait = WAITS[attempts];
  if (wait === undefined) return { state: "failed", status, error, afterSeconds: 0 };
  return { state: "pending", status, error, afterSeconds: Math.min(Math.max(wait, asked), LONGEST_WAIT) };
}
