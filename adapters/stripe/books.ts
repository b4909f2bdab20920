import pThrottle from "p-throttle";
import type Stripe from "stripe";
import { DomainError } from "../../domain/errors.ts";
import type { PaymentEvent } from "../../domain/settlement/events/ports.ts";
import type { SessionEvidence } from "../../domain/settlement/evidence.ts";
import type { ListPage, ProviderBooks, Refunds } from "../../domain/settlement/ports.ts";
import { stripeClient, unavailable } from "./client.ts";
import { toStripeAmount } from "./currency.ts";
import { presentOutcome, readDispute, readRefund, readSession } from "./evidence.ts";
import { readEvent } from "./events.ts";

/** The requested part of a list. */
type Range = { created: { gte: number }; limit: number; starting_after?: string };

type Config = { secretKey: string; apiUrl: string; livemode: boolean };

/** The maximum number of look-ups per second by one process; Stripe's own limit is 25 in test mode. */
const LOOK_UPS_PER_SECOND = 15;
/** How long a look-up waits for Stripe's response, in milliseconds, including waiting for its turn. */
const PATIENCE_MS = 10_000;
/** The maximum number of refunds to read of one payment. */
const MOST_REFUNDS = 1000;

/** Look-ups with a short timeout, for waiting users. Throws DomainError `vendor_unavailable` on a timeout. */
export type InteractiveBooks = Pick<ProviderBooks, "session">;

/**
 * Looks up payments at Stripe. All callers of one instance share its rate, including those with a time limit
 * (`within`).
 */
export function stripeBooks(
  config: Config,
): ProviderBooks & { within(patienceMs: number): InteractiveBooks } {
  const client = stripeClient(config);
  const inTurn = pThrottle({ limit: LOOK_UPS_PER_SECOND, interval: 1000 })(
    <Found>(find: (stripe: Stripe) => Promise<Found>) => client().then(find),
  );
  async function lookUp<Found>(
    find: (stripe: Stripe) => Promise<Found>,
    patienceMs = PATIENCE_MS,
  ): Promise<Found | null> {
    try {
      return await beforeLong(inTurn(find) as Promise<Found>, patienceMs);
    } catch (cause) {
      if ((cause as Stripe.errors.StripeError).code === "resource_missing") return null;
      throw unavailable(cause);
    }
  }
  /**
   * Reads a page of objects created since then. `read` converts an item, or returns null if it does not concern the
   * shop.
   */
  async function page<Listed extends { id: string }, Item>(
    list: (stripe: Stripe, range: Range) => Promise<Stripe.ApiList<Listed>>,
    read: (listed: Listed) => Item | string | null,
    { since, after }: { since: Date; after: string | null },
  ): Promise<ListPage<Item>> {
    const range: Range = { created: { gte: Math.floor(since.getTime() / 1000) }, limit: 100 }; // in seconds
    const found = await lookUp((stripe) =>
      list(stripe, after === null ? range : { ...range, starting_after: after })
    );
    if (!found) return { items: [], next: null }; // Stripe no longer knows the position: start from the beginning
    const items = found.data.map(read).filter((item) => item !== null && typeof item !== "string");
    return { items: items as Item[], next: found.has_more ? found.data.at(-1)!.id : null };
  }

  async function session(sessionId: string, patienceMs?: number): Promise<SessionEvidence | null> {
    const session = await lookUp(
      (stripe) => stripe.checkout.sessions.retrieve(sessionId, { expand: ["payment_intent"] }),
      patienceMs,
    );
    const outcome = session && presentOutcome(session);
    if (!outcome) return null;
    const evidence = readSession(session, outcome);
    return typeof evidence === "string" ? null : evidence;
  }

  return {
    session: (sessionId) => session(sessionId),
    within: (patienceMs) => ({ session: (sessionId) => session(sessionId, patienceMs) }),

    async refunds(paymentIntentId) {
      const refunds = await lookUp((stripe) =>
        stripe.refunds.list({ payment_intent: paymentIntentId, limit: 100 }).autoPagingToArray({
          limit: MOST_REFUNDS,
        })
      );
      return (refunds ?? []).map(readRefund).filter((refund) => typeof refund !== "string");
    },

    async dispute(disputeId) {
      const observedAt = new Date();
      const dispute = await lookUp((stripe) => stripe.disputes.retrieve(disputeId));
      return dispute && readDispute(dispute, observedAt);
    },

    recentRefunds: (since, after) =>
      page((stripe, range) => stripe.refunds.list(range), readRefund, { since, after }),

    recentDisputes(since, after) {
      const observedAt = new Date();
      return page(
        (stripe, range) => stripe.disputes.list(range),
        (dispute) => readDispute(dispute, observedAt),
        { since, after },
      );
    },

    undeliveredEvents: (since, after) =>
      page(
        (stripe, range) => stripe.events.list({ ...range, delivery_success: false }),
        (event): PaymentEvent => ({
          id: event.id,
          type: event.type,
          payload: JSON.stringify(event),
          reading: readEvent(event, config.livemode),
        }),
        { since, after },
      ),
  };
}

/** Returns refunds through Stripe. */
export function stripeRefunds(config: Config): Refunds {
  const client = stripeClient(config);
  return {
    async submit({ id, paymentIntentId, amount }) {
      try {
        const stripe = await client();
        return readRefund(
          await stripe.refunds.create({
            payment_intent: paymentIntentId,
            amount: toStripeAmount(amount),
            metadata: { refund_id: id },
          }, { idempotencyKey: `refund:${id}` }),
        );
      } catch (cause) {
        // Amounts that cannot be charged cannot be refunded either.
        if (cause instanceof DomainError) return cause.message;
        const { type, message } = cause as Stripe.errors.StripeError;
        if (type === "StripeInvalidRequestError") return message;
        throw unavailable(cause);
      }
    },
  };
}

async function beforeLong<Found>(found: Promise<Found>, patienceMs: number): Promise<Found> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`Stripe did not respond within ${patienceMs} ms`)), patienceMs);
  });
  try {
    return await Promise.race([found, late]);
  } finally {
    clearTimeout(timer);
  }
}
