import type { Clock } from "../clock.ts";
import type { Transaction } from "../transaction.ts";
import type { PaymentEvent } from "./events/ports.ts";
import type { Evidence } from "./evidence.ts";
import type { Checks, ListName, ListPage, ProviderBooks } from "./ports.ts";
import { type EventStores, receiveEvent } from "./events/receive_event.ts";
import { settle, type SettlementPolicy } from "./settle.ts";

/** How far back the payment provider's lists are read, in days. */
const LOOK_BACK_DAYS = 3;
/** Seconds after opening an order, or after its last look-up, until it is looked up. */
const LOOK_UP_SECONDS = 600;
/** Seconds after which a requested refund is submitted again. */
const STUCK_SECONDS = 1800;

type Deps = {
  transaction: Transaction<EventStores>;
  checks: Checks;
  providerBooks: ProviderBooks;
  settlementPolicy: SettlementPolicy;
  clock: Clock;
};

/** Something that was missing in the shop's records, or could not be looked up. */
export type Finding = { about: string; id: string; result: string; why: string };

/** The findings, and whether time ran out before everything was looked up. */
export type Reconciliation = { findings: Finding[]; isCutShort: boolean };

/** How to reconcile. */
type ReconcileOptions = {
  /** Changes nothing and returns the same result. */
  dryRun: boolean;
  /** Looks up orders however recently that was done, and reads lists from their beginning. */
  anew?: boolean;
  /**
   * The maximum number of orders to look up, and the seconds after which no further look-up begins. Each look-up
   * takes up to 10 seconds. Without bounds, all are made.
   */
  bounds?: { orders: number; seconds: number };
};

/**
 * Reconciles the shop's records with the payment provider's: unfinished orders, recent refunds and disputes, events
 * that never arrived, stuck refunds. Settles what is missing. The four kinds of look-ups take turns, and the next run
 * continues where time ran out: with the orders that have waited longest, and with lists where they were left off.
 */
export async function reconcile(
  deps: Deps,
  { dryRun, anew = false, bounds }: ReconcileOptions,
): Promise<Reconciliation> {
  const transaction = dryRun ? rolledBack(deps.transaction) : deps.transaction;
  const { checks, providerBooks } = deps;
  const now = deps.clock();
  const ago = (seconds: number) => new Date(now.getTime() - seconds * 1000);
  const since = ago(LOOK_BACK_DAYS * 24 * 3600);
  const findings: Finding[] = [];

  async function attempt(about: string, id: string, work: () => Promise<Finding | null>): Promise<void> {
    try {
      const finding = await work();
      if (finding) findings.push(finding);
    } catch (error) {
      findings.push({
        about,
        id,
        result: "failed",
        why: error instanceof Error ? error.message : String(error),
      });
    }
  }
  const apply = (about: string, id: string, evidence: Evidence) =>
    attempt(about, id, async () => {
      const { result, why } = await transaction((stores) => settle(stores, deps.settlementPolicy, evidence));
      return result === "ignored" || result === "kept" ? null : { about, id, result, why };
    });

  async function* orders(): Turns {
    const before = ago(anew ? 0 : LOOK_UP_SECONDS);
    const due = await checks.due({ before, now, limit: bounds?.orders ?? null });
    for (const { orderId, sessionId, isOver, ...page } of due) {
      await attempt("order", orderId, async () => {
        const isMine = dryRun || sessionId === null ||
          (await checks.claim({ orderId }, deps.clock(), before)).length > 0;
        if (!isMine) return null;
        const evidence = sessionId === null ? null : await providerBooks.session(sessionId);
        if (evidence) {
          await apply("order", orderId, evidence);
          return null;
        }
        if (!isOver && page.isGivenUp) {
          const job = { kind: "close_page" as const, orderId, attempt: page.attempt, sessionId };
          await transaction(({ jobs }) => jobs.add(job));
          const why = "its page is still open; closed again";
          return { about: "order", id: orderId, result: "settled", why };
        }
        if (!isOver) return null;
        // Its page has expired without news of a payment, so it can no longer be paid.
        const lapsed = await transaction(async ({ books }) =>
          (await books.lock({ orderId })) !== null && await books.lapse(orderId)
        );
        return lapsed ? { about: "order", id: orderId, result: "settled", why: "its page has ended" } : null;
      });
      yield;
    }
  }

  /** Yields the pages of a list, from where the last run left off. */
  async function* pages<Item>(
    list: ListName,
    read: (since: Date, after: string | null) => Promise<ListPage<Item>>,
  ): AsyncGenerator<ListPage<Item>, void> {
    let after = anew ? null : await checks.place(list);
    do {
      const page = await read(since, after);
      yield page;
      after = page.next;
    } while (after !== null);
  }
  async function leaveOff(list: ListName, after: string | null): Promise<void> {
    if (!dryRun) await checks.notePlace(list, after);
  }

  async function* refunds(): Turns {
    for await (const { items, next } of pages("refunds", providerBooks.recentRefunds)) {
      for (const refund of items) await apply("refund", refund.stripeId, refund);
      await leaveOff("refunds", next);
      yield;
    }
  }
  async function* disputes(): Turns {
    for await (const { items, next } of pages("disputes", providerBooks.recentDisputes)) {
      for (const dispute of items) await apply("dispute", dispute.disputeId, dispute);
      await leaveOff("disputes", next);
      yield;
    }
  }
  async function* events(): Turns {
    for await (const { items, next } of pages("events", providerBooks.undeliveredEvents)) {
      for (const event of await checks.untaken(items)) {
        await attempt("event", event.id, () => take({ ...deps, transaction }, event));
        await leaveOff("events", event.id);
        yield; // because each may have needed its own look-up
      }
      await leaveOff("events", next);
      yield;
    }
  }

  for (const refundId of await checks.stuckRefunds(ago(STUCK_SECONDS))) {
    await attempt("refund", refundId, async () => {
      await transaction(({ jobs }) => jobs.add({ kind: "submit_refund", refundId }));
      return { about: "refund", id: refundId, result: "settled", why: "it got stuck; submitted again" };
    });
  }
  const end = now.getTime() + (bounds?.seconds ?? Infinity) * 1000;
  const waiting = new Map<string, Turns>(
    Object.entries({ orders: orders(), refunds: refunds(), disputes: disputes(), events: events() }),
  );
  while (waiting.size > 0) {
    for (const [kind, turns] of waiting) {
      if (deps.clock().getTime() >= end) return { findings, isCutShort: true };
      await attempt(kind, "recent", async () => {
        if ((await turns.next()).done) waiting.delete(kind);
        return null;
      });
    }
  }
  return { findings, isCutShort: false };
}

/** Look-ups of one kind, with a pause after each. */
type Turns = AsyncGenerator<void, void>;

async function take(
  deps: {
    transaction: Transaction<EventStores>;
    providerBooks: ProviderBooks;
    settlementPolicy: SettlementPolicy;
  },
  event: PaymentEvent,
): Promise<Finding | null> {
  const { result, why } = await receiveEvent(deps, { endpoint: "main", event });
  return result === "duplicate" || result === "ignored"
    ? null
    : { about: "event", id: event.id, result, why: why ?? event.type };
}

/** Wraps a transaction so that it always rolls back and returns what it would have done. */
function rolledBack<Stores>(transaction: Transaction<Stores>): Transaction<Stores> {
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
