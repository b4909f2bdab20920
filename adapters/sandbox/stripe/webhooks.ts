import Stripe from "stripe";
import type { Delivery, StripeStore } from "./store.ts";

/** Milliseconds between attempts of a delivery. After the last one it is given up. */
const RETRY_DELAYS_MS = [1000, 3000, 10_000, 30_000, 60_000, 300_000, 900_000, 3_600_000];

type Options = {
  url: string;
  secret: string;
  retryDelaysMs?: number[];
  now: () => number;
  log: (line: string) => void;
};

/** Delivers events to the shop's webhook, signed as by Stripe, until it responds with 2xx. */
export function webhookSender(store: StripeStore, options: Options) {
  const { url, secret, retryDelaysMs = RETRY_DELAYS_MS, now, log } = options;
  const underWay = new Map<string, Promise<boolean>>();
  let isStopped = false;

  async function send({ id, body, attempts }: Delivery): Promise<boolean> {
    const signature = await Stripe.webhooks.generateTestHeaderStringAsync({
      payload: body,
      secret,
      timestamp: Math.floor(now() / 1000),
    });
    let answer: string;
    try {
      const response = await fetch(url, {
        method: "POST",
        headers: { "content-type": "application/json; charset=utf-8", "stripe-signature": signature },
        body,
        signal: AbortSignal.timeout(10_000),
      });
      await response.body?.cancel();
      if (response.ok) {
        store.noteDelivery(id, { deliveredAt: now() });
        return true;
      }
      answer = `answered ${response.status}`;
    } catch (error) {
      answer = `did not answer (${error instanceof Error ? error.message : error})`;
    }
    const delay = retryDelaysMs[attempts];
    store.noteDelivery(id, { nextAt: delay === undefined ? null : now() + delay });
    log(
      `The webhook ${answer} to event ${id}; ${
        delay === undefined ? "given up" : `next try in ${delay} ms`
      }.`,
    );
    return false;
  }

  function deliver(delivery: Delivery): Promise<boolean> {
    const already = underWay.get(delivery.id);
    if (already) return already;
    const sending = send(delivery).finally(() => underWay.delete(delivery.id));
    underWay.set(delivery.id, sending);
    return sending;
  }

  return {
    /** Delivers an event now, again if it was delivered before. Returns true if the shop accepted it. */
    deliverEvent(eventId: string): Promise<boolean> {
      const delivery = store.delivery(eventId);
      return delivery ? deliver(delivery) : Promise.resolve(false);
    },
    /** Performs the deliveries that are due, oldest first, until `stop`. */
    async deliverDue(): Promise<void> {
      for (const delivery of store.dueDeliveries(now())) {
        if (isStopped) return;
        await deliver(delivery);
      }
    },
    /** Starts no more deliveries, and waits for those in progress. */
    async stop(): Promise<void> {
      isStopped = true;
      await Promise.allSettled(underWay.values());
    },
  };
}
