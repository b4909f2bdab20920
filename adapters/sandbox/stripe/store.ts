import type { DatabaseSync } from "node:sqlite";

export type LineItem = { name: string; quantity: number; unitAmount: number };

/** A Checkout session as Stripe's API shows it. */
export type Session = {
  id: string;
  object: "checkout.session";
  mode: "payment";
  status: "open" | "complete" | "expired";
  payment_status: "unpaid" | "paid" | "no_payment_required";
  url: string | null;
  currency: string;
  amount_subtotal: number;
  amount_total: number;
  total_details: { amount_discount: number; amount_shipping: number; amount_tax: number };
  client_reference_id: string | null;
  customer_email: string | null;
  customer_details: { email: string | null } | null;
  metadata: Record<string, string>;
  payment_intent: string | null;
  success_url: string;
  cancel_url: string | null;
  created: number;
  expires_at: number;
  livemode: false;
};

export type PaymentIntent = {
  id: string;
  object: "payment_intent";
  amount: number;
  amount_received: number;
  currency: string;
  status: "requires_payment_method" | "processing" | "succeeded";
  metadata: Record<string, string>;
  latest_charge: string | null;
  last_payment_error: { code: string; decline_code: string; message: string } | null;
  created: number;
  livemode: false;
};

export type Event = {
  id: string;
  object: "event";
  api_version: string;
  type: string;
  created: number;
  livemode: false;
  pending_webhooks: number;
  request: null;
  data: { object: unknown };
};

export type Delivery = { id: string; body: string; attempts: number };

/** What the stand-in remembers, in SQLite: sessions, intents, events with their delivery, and answers by idempotency key. */
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
  `);

  const parsed = <Body>(row: unknown) => row ? JSON.parse((row as { body: string }).body) as Body : null;
  const upsert = db.prepare(`
    insert into stripe_objects (id, kind, body, sequence)
    values (?, ?, ?, (select coalesce(max(sequence), 0) + 1 from stripe_objects))
    on conflict (id) do update set body = excluded.body`);

  return {
    /** Runs the work as one transaction. */
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

    put(object: Session | PaymentIntent | Event) {
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

    /** The answer that was given under an idempotency key, with the request that it was given to. */
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
    /** `nextAt` null gives up. */
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
    /** Takes out the delayed payments that are due. */
    takeDelayed(now: number): { sessionId: string; succeeds: boolean }[] {
      const rows = db.prepare(
        "delete from stripe_delayed where due_at <= ? returning session_id as sessionId, succeeds",
      ).all(now) as { sessionId: string; succeeds: number }[];
      return rows.map(({ sessionId, succeeds }) => ({ sessionId, succeeds: succeeds === 1 }));
    },

    /** When the next delivery, delayed payment or end of a session is due, in milliseconds; null when nothing is. */
    nextDue(): number | null {
      const row = db.prepare(`
        select min(due) as due from (
          select min(due_at) as due from stripe_deliveries where delivered_at is null
          union all select min(due_at) from stripe_delayed
          union all select min(json_extract(body, '$.expires_at')) * 1000 from stripe_objects
            where kind = 'checkout.session' and json_extract(body, '$.status') = 'open'
        )`).get() as { due: number | null };
      return row.due;
    },
  };
}

export type StripeStore = ReturnType<typeof stripeStore>;
