import type { DatabaseSync } from "node:sqlite";
import type { Event, LineItem, StripeObject } from "./objects.ts";

export type Delivery = { id: string; body: string; attempts: number };

/**
 * Returns the stand-in's state in SQLite: objects, events with their deliveries, delayed results, and responses by
 * idempotency key.
 */
export function stripeStore(db: DatabaseSync) {
  db.exec(`
    create table if not exists stripe_objects (
      id text primary key, kind text not null, body text not null, sequence integer not null
    );
    create table if not exists stripe_line_items (session_id text not null, name text, quantity integer, unit_amount integer);
    create table if not exists stripe_answers (key text primary key, request text not null, body text not null);
    create table if not exists stripe_deliveries (
      event_id text primary key, body text not null, attempts integer not null default 0,
      due_at integer, delivered_at integer
    );
    create table if not exists stripe_delayed (session_id text primary key, due_at integer not null, succeeds integer not null);
    create table if not exists stripe_delayed_refunds (refund_id text primary key, due_at integer not null, succeeds integer not null);
  `);

  const parsed = <Body>(row: unknown) => row ? JSON.parse((row as { body: string }).body) as Body : null;
  const upsert = db.prepare(`
    insert into stripe_objects (id, kind, body, sequence)
    values (?, ?, ?, (select coalesce(max(sequence), 0) + 1 from stripe_objects))
    on conflict (id) do update set body = excluded.body`);

  return {
    /** Runs the work in one transaction. */
    atomically<Result>(work: () => Result): Result {
      db.exec("begin immediate");
      try {
        const result = work();
        db.exec("commit");
        return result;
      } catch (error) {
        db.exec("rollback");
        throw error;
      }
    },

    put(object: StripeObject) {
      upsert.run(object.id, object.object, JSON.stringify(object));
    },
    get<Body>(id: string, kind: string): Body | null {
      return parsed<Body>(
        db.prepare("select body from stripe_objects where id = ? and kind = ?").get(id, kind),
      );
    },
    /** Newest first. */
    list<Body>(kind: string): Body[] {
      return db.prepare("select body from stripe_objects where kind = ? order by sequence desc").all(kind)
        .map((row) => parsed<Body>(row)!);
    },

    addLineItems(sessionId: string, items: LineItem[]) {
      const insert = db.prepare("insert into stripe_line_items values (?, ?, ?, ?)");
      for (const item of items) insert.run(sessionId, item.name, item.quantity, item.unitAmount);
    },
    lineItems(sessionId: string): LineItem[] {
      return db.prepare(
        `select name, quantity, unit_amount as unitAmount from stripe_line_items where session_id = ? order by rowid`,
      ).all(sessionId) as LineItem[];
    },

    /** Returns the response stored under an idempotency key, with its request. */
    answer(key: string): { request: string; body: string } | null {
      return (db.prepare("select request, body from stripe_answers where key = ?").get(key) ?? null) as
        | { request: string; body: string }
        | null;
    },
    saveAnswer(key: string, request: string, body: string) {
      db.prepare("insert into stripe_answers (key, request, body) values (?, ?, ?)").run(key, request, body);
    },

    addDelivery(event: Event, dueAt: number) {
      db.prepare("insert into stripe_deliveries (event_id, body, due_at) values (?, ?, ?)")
        .run(event.id, JSON.stringify(event), dueAt);
    },
    dueDeliveries(now: number): Delivery[] {
      return db.prepare(`
        select event_id as id, body, attempts from stripe_deliveries
        where delivered_at is null and due_at <= ? order by rowid`).all(now) as Delivery[];
    },
    delivery(eventId: string): Delivery | null {
      return (db.prepare("select event_id as id, body, attempts from stripe_deliveries where event_id = ?")
        .get(eventId) ?? null) as Delivery | null;
    },
    isDelivered(eventId: string): boolean {
      return db.prepare("select 1 from stripe_deliveries where event_id = ? and delivered_at is not null")
        .get(eventId) !== undefined;
    },
    /** A null `nextAt` gives the delivery up. */
    noteDelivery(eventId: string, outcome: { deliveredAt: number } | { nextAt: number | null }) {
      if ("deliveredAt" in outcome) {
        db.prepare(
          "update stripe_deliveries set attempts = attempts + 1, delivered_at = ? where event_id = ?",
        )
          .run(outcome.deliveredAt, eventId);
      } else {
        db.prepare("update stripe_deliveries set attempts = attempts + 1, due_at = ? where event_id = ?")
          .run(outcome.nextAt, eventId);
      }
    },

    addDelayed(sessionId: string, dueAt: number, succeeds: boolean) {
      db.prepare("insert into stripe_delayed values (?, ?, ?)").run(sessionId, dueAt, succeeds ? 1 : 0);
    },
    /** Removes and returns the delayed payments that are due. */
    takeDelayed(now: number): { sessionId: string; succeeds: boolean }[] {
      const rows = db.prepare(
        "delete from stripe_delayed where due_at <= ? returning session_id as sessionId, succeeds",
      ).all(now) as { sessionId: string; succeeds: number }[];
      return rows.map(({ sessionId, succeeds }) => ({ sessionId, succeeds: succeeds === 1 }));
    },

    addDelayedRefund(refundId: string, dueAt: number, succeeds: boolean) {
      db.prepare("insert into stripe_delayed_refunds values (?, ?, ?)").run(
        refundId,
        dueAt,
        succeeds ? 1 : 0,
      );
    },
    /** Removes and returns the refunds whose result is due. */
    takeDelayedRefunds(now: number): { refundId: string; succeeds: boolean }[] {
      const rows = db.prepare(
        "delete from stripe_delayed_refunds where due_at <= ? returning refund_id as refundId, succeeds",
      ).all(now) as { refundId: string; succeeds: number }[];
      return rows.map(({ refundId, succeeds }) => ({ refundId, succeeds: succeeds === 1 }));
    },

    /**
     * Returns when the next delivery, delayed payment or expiry of a session is due, in milliseconds; null if none
     * is.
     */
    nextDue(): number | null {
      const row = db.prepare(`
        select min(due) as due from (
          select min(due_at) as due from stripe_deliveries where delivered_at is null
          union all select min(due_at) from stripe_delayed
          union all select min(due_at) from stripe_delayed_refunds
          union all select min(json_extract(body, '$.expires_at')) * 1000 from stripe_objects
            where kind = 'checkout.session' and json_extract(body, '$.status') = 'open'
        )`).get() as { due: number | null };
      return row.due;
    },
  };
}

export type StripeStore = ReturnType<typeof stripeStore>;
