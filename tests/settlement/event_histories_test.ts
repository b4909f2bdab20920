import assert from "node:assert/strict";
import fc from "fast-check";
import { postgresTransaction } from "../../adapters/postgres/transaction.ts";
import type { Database } from "../../adapters/postgres/queries.ts";
import { postgresViolations } from "../../adapters/postgres/operations/violations.ts";
import { stripeEvents } from "../../adapters/stripe/events.ts";
import type { Job } from "../../domain/jobs.ts";
import type { RefundEvidence } from "../../domain/settlement/evidence.ts";
import type { ProviderBooks, Refunds } from "../../domain/settlement/ports.ts";
import { receiveEvent } from "../../domain/settlement/events/receive_event.ts";
import { submitRefund } from "../../domain/settlement/submit_refund.ts";
import { databaseTest, type Engine, engines } from "../support/test_database.ts";
import {
  accessExpected,
  play,
  PRICES,
  type Story,
  story,
  type StripeEnd,
  type StripeEvent,
  totalOf,
} from "./histories.ts";

/** Histories per batch at most, and how many are drawn all together: CI draws more than a quick run does. */
const MAX_BATCH = 25;
const HISTORIES = Number(Deno.env.get("EVENT_HISTORIES") ?? 200);
/** Where drawing begins: anywhere, unless the run must be the same as another, as in CI. */
const SEED = Deno.env.get("EVENT_SEED");
/** The embedded database runs one query at a time, so that concurrency shows on the real one. */
const SHARE: Record<Engine, number> = { postgres: 0.95, pglite: engines.includes("postgres") ? 0.05 : 1 };
/** Batches run one after the other; within one, so many histories at a time. */
const AT_A_TIME = 6;

type Copy = {
  story: Story;
  ids: { orderId: string; studentId: string }[];
  events: StripeEvent[];
  end: StripeEnd;
};

for (const engine of ["pglite", "postgres"] as const) {
  databaseTest(
    "any order, duplication and concurrency of Stripe's events has the same result, and no invariant breaks",
    async ({ sql }) => {
      const shop = await openShop(sql);
      const histories = Math.ceil(HISTORIES * SHARE[engine]);
      const size = Math.min(MAX_BATCH, histories);
      let serial = 0;
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.tuple(story, fc.infiniteStream(fc.nat())), { minLength: size, maxLength: size }),
          async (drawn) => {
            const stories = drawn.map(([story]) => story);
            const batch = ++serial;
            const [asTheyHappen, inAnyOrder] = [
              await shop.place(stories, `a${batch}`),
              await shop.place(stories, `b${batch}`),
            ];
            await inParallel(stories.map((_, index) => async () => {
              for (const event of asTheyHappen[index]!.events) {
                await shop.deliver(event, asTheyHappen[index]!.end);
              }
            }));
            await inParallel(drawn.map(([_, dice], index) => async () => {
              const copy = inAnyOrder[index]!;
              const roll = () => dice.next().value as number;
              const deliveries = shuffled(duplicated(copy.events, roll), roll);
              for (let at = 0; at < deliveries.length; at += 3) {
                const together = deliveries.slice(at, at + 3);
                await Promise.all(together.map((event) => shop.deliver(event, copy.end)));
              }
            }));
            await compare(shop, stories, asTheyHappen, inAnyOrder);
            // Then the refunds that the shop owes by itself, and what Stripe tells of them.
            await shop.payBack([...asTheyHappen, ...inAnyOrder]);
            await compare(shop, stories, asTheyHappen, inAnyOrder);
            assert.deepEqual(await shop.violations(), []);
          },
        ),
        { numRuns: Math.ceil(histories / size), endOnFailure: true, ...(SEED ? { seed: Number(SEED) } : {}) },
      );
    },
    { on: [engine] },
  );
}

async function compare(
  shop: Awaited<ReturnType<typeof openShop>>,
  stories: Story[],
  one: Copy[],
  other: Copy[],
): Promise<void> {
  const [ends, otherEnds] = [await shop.ends(one), await shop.ends(other)];
  stories.forEach((story, index) => {
    const context = () => JSON.stringify({ story, events: other[index]!.events.map(({ type }) => type) });
    assert.deepEqual(otherEnds[index], ends[index], context());
    if (story.orders.length === 1) {
      assert.equal(ends[index]!.access, accessExpected(story.orders[0]!), context());
    }
  });
}

/** A shop without HTTP: the webhook's use case on a real database, and a Stripe that has finished all that it tells of. */
async function openShop(sql: Database) {
  const jobs: Job[] = [];
  const transaction = postgresTransaction(sql, (_tx, job) => Promise.resolve(void jobs.push(job)));
  const events = stripeEvents({ webhookSecrets: ["whsec"], livemode: false });
  const settlementPolicy = { refundsMismatches: true };
  const courses = await sql<{ id: string }[]>`
    insert into courses (slug, title, price_amount, is_published)
    select 'course-' || n, 'Course ' || n, p, true from unnest(${PRICES.map(String)}::text[]::bigint[])
      with ordinality as price(p, n)
    returning id`;

  return {
    async violations() {
      const violations = postgresViolations(sql);
      return [...await violations.changed(), ...await violations.all()];
    },

    /** Puts the stories' students and orders into the shop, with their pages open. */
    async place(stories: Story[], name: string): Promise<Copy[]> {
      const copies = stories.map((story, index) => {
        const studentId = `${name}-${index}`;
        const ids = story.orders.map(() => ({ orderId: crypto.randomUUID(), studentId }));
        return { story, ids, ...play(story, ids, `${name}_${index}`) };
      });
      const orders = copies.flatMap(({ story, ids }) =>
        story.orders.map((order, index) => ({
          id: ids[index]!.orderId,
          student: ids[index]!.studentId,
          total: totalOf(order).toString(),
          attempt: order.sessions.length,
          abandoned: index < story.orders.length - 1,
          position: index,
          lines: order.courses.map((course, position) => ({
            course: courses[course]!.id,
            amount: PRICES[course]!.toString(),
            position,
          })),
        }))
      );
      const json = JSON.stringify(orders);
      await sql`
        insert into users (id, email, password_hash, role)
        select distinct student, student || '@example.com', '', 3
        from jsonb_to_recordset(${json}::text::jsonb) as o(student text)`;
      await sql`
        with o as (
          select * from jsonb_to_recordset(${json}::text::jsonb) as o(
            id uuid, student text, total bigint, attempt integer, abandoned boolean, position integer, lines jsonb
          )
        ), placed as (
          insert into orders (id, student_id, student_email, state, subtotal_amount, currency, attempt, session_id,
            session_url, session_expires_at, abandoned_at, created_at)
          select id, student, student || '@example.com', case when abandoned then 'expired' else 'open' end, total,
            'usd', attempt, 'page of ' || id, 'https://pay.example', now() + interval '1 hour',
            case when abandoned then now() end, now() + position * interval '1 second'
          from o
        ), paid as (
          insert into payments (order_id, student_id, amount, currency, method, status)
          select id, student, total, 'usd', 'stripe', case when abandoned then -1 else 1 end from o
        )
        insert into order_lines (order_id, order_state, student_id, course_id, course_slug, title, amount, position)
        select o.id, case when o.abandoned then 'expired' else 'open' end, o.student, l.course, 'slug',
          'Course', l.amount, l.position
        from o, jsonb_to_recordset(o.lines) as l(course uuid, amount bigint, position integer)`;
      return copies;
    },

    async deliver({ body }: StripeEvent, end: StripeEnd): Promise<void> {
      const deps = { transaction, settlementPolicy, providerBooks: booksOf(end) };
      await receiveEvent(deps, { endpoint: "main", event: events.read(body) });
    },

    /** Makes the refunds that the shop has asked for, each told twice. */
    async payBack(copies: Copy[]): Promise<void> {
      const due = jobs.splice(0).flatMap((job) => job.kind === "submit_refund" ? job.refundId : []);
      if (due.length === 0) return;
      await inParallel(due.map((refundId) => async () => {
        const submitted: RefundEvidence[] = [];
        const refunds: Refunds = {
          submit(refund) {
            const evidence: RefundEvidence = {
              kind: "refund",
              stripeId: `re_${refund.id}`,
              refundId: refund.id,
              paymentIntentId: refund.paymentIntentId,
              amount: refund.amount,
              status: "succeeded",
              failureReason: null,
            };
            submitted.push(evidence);
            return Promise.resolve(evidence);
          },
        };
        await submitRefund({ transaction, settlementPolicy, refunds }, { refundId });
        for (const { stripeId, refundId, paymentIntentId, amount } of submitted) {
          copies.find(({ ids }) =>
            ids.length > 0 && paymentIntentId.includes(`_${ids[0]!.studentId.replace("-", "_")}_`)
          )
            ?.end.refunds.push(submitted[0]!);
          const object = {
            id: stripeId,
            object: "refund",
            amount: Number(amount.amount),
            currency: amount.currency,
            payment_intent: paymentIntentId,
            status: "succeeded",
            metadata: { refund_id: refundId },
          };
          const body = JSON.stringify({
            id: `evt_${stripeId}`,
            object: "event",
            type: "refund.created",
            created: 0,
            livemode: false,
            data: { object },
          });
          await receiveEvent({
            transaction,
            settlementPolicy,
            providerBooks: booksOf({ refunds: [], disputes: [] }),
          }, {
            endpoint: "main",
            event: events.read(body),
          });
        }
      }));
      await this.payBack(copies); // what follows from these refunds in turn
    },

    /** How each copy stands, without the names that tell copies apart. */
    async ends(copies: Copy[]) {
      const rows = await sql<{ id: string; end: object; access: string }[]>`
        select o.id, jsonb_build_object(
          'state', o.state, 'status', p.status, 'reason', p.reason, 'paid', p.paid_amount,
          'discount', p.discount_amount, 'refunded', p.refunded_amount, 'decline', p.decline_code,
          'review', coalesce(p.review_reason, ''), 'session', p.session_id,
          'lines', (
            select jsonb_agg(jsonb_build_object(
              'discount', l.discount_amount, 'refunded', l.refunded_amount, 'hold', g.payment_hold,
              'granted', g.id is not null) order by l.position)
            from order_lines l left join grants g on g.order_line_id = l.id where l.order_id = o.id
          ),
          'refunds', (
            select jsonb_agg(jsonb_build_object(
              'amount', r.amount, 'status', r.status, 'origin', r.origin) order by r.payment_intent_id, r.origin, r.amount, r.status)
            from refunds r where r.order_id = o.id and (r.status <> 'canceled' or r.stripe_refund_id is not null)
          ),
          'disputes', (select jsonb_agg(d.status order by d.id) from disputes d where d.order_id = o.id)
        ) as end,
        (
          select case when count(*) = 0 then 'none' when bool_or(g.payment_hold is null) then 'open'
            when bool_or(g.payment_hold = 'disputed') then 'disputed' else 'ended' end
          from grants g join order_lines l on l.id = g.order_line_id where l.order_id = o.id
        ) as access
        from orders o join payments p on p.order_id = o.id
        where o.id = any(${copies.flatMap(({ ids }) => ids.map(({ orderId }) => orderId))}::uuid[])`;
      const byId = new Map(rows.map((row) => [row.id, row]));
      return copies.map(({ ids }) => ({
        orders: ids.map(({ orderId }) =>
          JSON.parse(
            JSON.stringify(byId.get(orderId)!.end).replaceAll(/\b(cs|pi|re|page of)_?[ab]\d+_/g, "$1_")
              .replaceAll(
                /user [ab]\d+-/g,
                "user ",
              ),
          )
        ),
        access: byId.get(ids[0]!.orderId)!.access,
      }));
    },
  };
}

/** A Stripe that is asked after everything has happened. */
function booksOf(end: StripeEnd): ProviderBooks {
  const nothing = () => Promise.resolve({ items: [], next: null });
  return {
    session: () => Promise.resolve(null),
    refunds: (paymentIntentId) =>
      Promise.resolve(end.refunds.filter((refund) => refund.paymentIntentId === paymentIntentId)),
    dispute(disputeId) {
      const dispute = end.disputes.find(({ id }) => id === disputeId);
      return Promise.resolve(
        dispute
          ? {
            kind: "dispute",
            disputeId,
            paymentIntentId: dispute.paymentIntentId,
            amount: { amount: dispute.amount, currency: "usd" },
            status: dispute.status,
            reason: "fraudulent",
            evidenceDueAt: null,
            observedAt: new Date(),
          }
          : null,
      );
    },
    recentRefunds: nothing,
    recentDisputes: nothing,
    undeliveredEvents: nothing,
  };
}

/** Each event once, some twice. */
function duplicated<Item>(items: Item[], roll: () => number): Item[] {
  return items.flatMap((item) => roll() % 3 === 0 ? [item, item] : [item]);
}

function shuffled<Item>(items: Item[], roll: () => number): Item[] {
  const copy = [...items];
  for (let at = copy.length - 1; at > 0; at--) {
    const other = roll() % (at + 1);
    [copy[at], copy[other]] = [copy[other]!, copy[at]!];
  }
  return copy;
}

async function inParallel(work: (() => Promise<void>)[]): Promise<void> {
  const left = [...work];
  await Promise.all(Array.from({ length: AT_A_TIME }, async () => {
    for (let next = left.shift(); next; next = left.shift()) await next();
  }));
}
