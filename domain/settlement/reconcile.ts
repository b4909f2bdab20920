import type { Clock } from "../clock.ts";
import type { Transaction } from "../transaction.ts";
import type { PaymentEvent } from "../events/ports.ts";
import type { Checks, Evidence, ProviderBooks } from "./ports.ts";
import { type EventStores, receiveEvent } from "../events/receive_event.ts";
import { settle, type SettlementPolicy } from "./settle.ts";

/** How far back the payment provider's lists are read, in days. */
const LOOK_BACK_DAYS = 3;
/** An order is looked up again after so many seconds, and at the earliest so long after it was opened. */
const LOOK_UP_SECONDS = 600;
/** A refund that was asked for longer ago than this is submitted again, in seconds. */
const STUCK_SECONDS = 1800;
/** Orders looked up in one run, so that it stays within the provider's rate and the job's time. */
const MOST_ORDERS = 300;

type Deps = {
  transaction: Transaction<EventStores>;
  checks: Checks;
  providerBooks: ProviderBooks;
  policy: SettlementPolicy;
  clock: Clock;
};

/** One thing that the shop's books lacked, or that could not be looked up. */
export type Finding = { subject: string; id: string; outcome: string; why: string };

/**
 * Holds the shop's books against the payment provider's: orders under way, recent refunds and disputes, events that never
 * arrived, refunds that got stuck; and settles what is missing. With `dryRun` it changes nothing and answers the same.
 * With `anew`, orders are looked up however lately that was done.
 */
export async function reconcile(
  deps: Deps,
  { dryRun, anew = false }: { dryRun: boolean; anew?: boolean },
): Promise<Finding[]> {
  const transaction = dryRun ? rehearsal(deps.transaction) : deps.transaction;
  const now = deps.clock();
  const ago = (seconds: number) => new Date(now.getTime() - seconds * 1000);
  const since = ago(LOOK_BACK_DAYS * 24 * 3600);
  const findings: Finding[] = [];

  async function attempt(subject: string, id: string, work: () => Promise<Finding | null>): Promise<void> {
    try {
      const finding = await work();
      if (finding) findings.push(finding);
    } catch (error) {
      findings.push({
        subject,
        id,
        outcome: "failed",
        why: error instanceof Error ? error.message : String(error),
      });
    }
  }
  const apply = (subject: string, id: string, evidence: Evidence) =>
    attempt(subject, id, async () => {
      const verdict = await transaction((stores) => settle(stores, deps.policy, evidence));
      return verdict.kind === "ignore" || verdict.kind === "keep"
        ? null
        : { subject, id, outcome: verdict.kind, why: verdict.why };
    });

  const before = ago(anew ? 0 : LOOK_UP_SECONDS);
  const due = await deps.checks.due({ before, now, limit: MOST_ORDERS, claim: !dryRun });
  for (const { orderId, sessionId, isOver } of due) {
    await attempt("order", orderId, async () => {
      const evidence = sessionId === null ? null : await deps.providerBooks.session(sessionId);
      if (evidence) {
        await apply("order", orderId, evidence);
        return null;
      }
      if (!isOver) return null;
      // Its page has ended, and nothing is known of it: nobody can pay it any more.
      const lapsed = await transaction(({ books }) => books.lapse(orderId));
      return lapsed ? { subject: "order", id: orderId, outcome: "settle", why: "its page has ended" } : null;
    });
  }
  await attempt("refunds", "recent", async () => {
    for (const refund of await deps.providerBooks.recentRefunds(since)) {
      await apply("refund", refund.stripeId, refund);
    }
    return null;
  });
  await attempt("disputes", "recent", async () => {
    for (const dispute of await deps.providerBooks.recentDisputes(since)) {
      await apply("dispute", dispute.disputeId, dispute);
    }
    return null;
  });
  await attempt("events", "undelivered", async () => {
    for (const event of await deps.providerBooks.undeliveredEvents(since)) {
      await attempt("event", event.id, () => take({ ...deps, transaction }, event));
    }
    return null;
  });
  for (const refundId of await deps.checks.stuckRefunds(ago(STUCK_SECONDS))) {
    await attempt("refund", refundId, async () => {
      await transaction(({ jobs }) => jobs.add({ kind: "submit_refund", refundId }));
      return { subject: "refund", id: refundId, outcome: "settle", why: "it got stuck; submitted again" };
    });
  }
  return findings;
}

async function take(
  deps: { transaction: Transaction<EventStores>; providerBooks: ProviderBooks; policy: SettlementPolicy },
  event: PaymentEvent,
): Promise<Finding | null> {
  const { outcome, why } = await receiveEvent(deps, { endpoint: "main", event });
  return outcome === "duplicate" || outcome === "ignore"
    ? null
    : { subject: "event", id: event.id, outcome, why: why ?? event.type };
}

/** A transaction that always rolls back: all that it would have done is only seen. */
function rehearsal<Stores>(transaction: Transaction<Stores>): Transaction<Stores> {
  return async (work) => {
    let seen: { result: Awaited<ReturnType<typeof work>> } | undefined;
    const end = new Error("rehearsed");
    try {
      await transaction(async (stores) => {
        seen = { result: await work(stores) };
        throw end;
      });
    } catch (error) {
      if (error !== end) throw error;
    }
    return seen!.result;
  };
}
