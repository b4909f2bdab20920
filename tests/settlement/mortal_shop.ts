// A shop in a process of its own that is killed in the middle: `deno run mortal_shop.ts <errand as JSON>`. It sells a
// course to each of its customers, takes Stripe's events and refunds the order. It serves one after the other: each
// until it has come to the await at which it dies, where it stays, with the locks and the transaction that it holds.
// When all have got so far, the process is killed.
import { jobQueue } from "../../adapters/pgboss/jobs.ts";
import { postgresOrderHistory } from "../../adapters/postgres/checkout/orders.ts";
import { connect } from "../../adapters/postgres/connection.ts";
import type { Database } from "../../adapters/postgres/queries.ts";
import { postgresTransaction, type Stores } from "../../adapters/postgres/transaction.ts";
import { stripeBooks, stripeRefunds } from "../../adapters/stripe/books.ts";
import { stripePayments } from "../../adapters/stripe/payments.ts";
import type { PaymentEvent } from "../../domain/settlement/events/ports.ts";
import type { ListPage } from "../../domain/settlement/ports.ts";
import { startCheckout } from "../../domain/checkout/start_checkout.ts";
import { receiveEvent } from "../../domain/settlement/events/receive_event.ts";
import { refundOrder } from "../../domain/settlement/refund_order.ts";
import { submitRefund } from "../../domain/settlement/submit_refund.ts";
import type { Transaction } from "../../domain/transaction.ts";
import { pay } from "../support/checkout.ts";
import { enqueueIn } from "../../adapters/composition/enqueue.ts";

export type Errand = {
  databaseUrl: string;
  stripe: { secretKey: string; apiUrl: string; livemode: boolean; frontendUrl: string };
  /** `diesAt`: which await is the customer's last; null for one who is served to the end. */
  customers: { studentId: string; courseId: string; diesAt: number | null }[];
};

/** A customer who waits for another that died waits for ever: longer than all others take. */
const STUCK_MS = 60_000;

if (import.meta.main) await run(JSON.parse(Deno.args[0]!) as Errand);

async function run({ databaseUrl, stripe, customers }: Errand): Promise<void> {
  const sql = await connect(databaseUrl, { max: 2 * customers.length });
  const queue = jobQueue(sql, { error: () => {} });
  const transaction = postgresTransaction(sql, enqueueIn(queue), queue.open);
  const parts = { sql, stripe, transaction };
  setTimeout(() => {
    console.error("A customer is stuck.");
    Deno.exit(1);
  }, STUCK_MS);
  let awaits = 0;
  for (const { diesAt, ...customer } of customers) {
    awaits = 0;
    const { promise: death, resolve: die } = Promise.withResolvers<void>();
    const tick = () => {
      if (++awaits !== diesAt) return Promise.resolve();
      die();
      return new Promise<never>(() => {});
    };
    await Promise.race([death, serve(parts, customer, tick)]);
  }
  if (customers.some(({ diesAt }) => diesAt !== null)) Deno.kill(Deno.pid, "SIGKILL");
  console.log(JSON.stringify({ awaits }));
  Deno.exit();
}

type Parts = { sql: Database; stripe: Errand["stripe"]; transaction: Transaction<Stores> };
/** Ends when the process may go on; never where it dies. */
type Tick = () => Promise<void>;

/** From the order to its refund. */
async function serve(
  { sql, stripe, transaction }: Parts,
  { studentId, courseId }: { studentId: string; courseId: string },
  tick: Tick,
): Promise<void> {
  const anHourAgo = new Date(Date.now() - 3_600_000);
  const deps = {
    transaction: mortalTransaction(transaction, tick),
    payments: mortal(stripePayments(stripe), tick),
    providerBooks: mortal(stripeBooks(stripe), tick),
    orderHistory: postgresOrderHistory(sql),
    refunds: mortal(stripeRefunds(stripe), tick),
    settlementPolicy: { refundsMismatches: true },
    shopCurrency: "usd",
    measurement: null,
    clock: () => new Date(),
  };
  const { order, page } = await startCheckout(deps, {
    studentId,
    courseIds: [courseId],
    currency: null,
    promotionCode: null,
  });
  await pay(page!.url);
  await takeEvents(order.id);
  const refund = await refundOrder(deps, {
    orderId: order.id,
    lineIds: [],
    origin: "administrator",
    requestedBy: "administrator",
    keyId: null,
    reason: "asked for it",
    keyed: { callerId: "administrator", operation: "refund", target: order.id, key: "once", content: "" },
    requestId: "",
  });
  await submitRefund(deps, { refundId: refund.id });
  await takeEvents(order.id, refund.id);

  /** All that Stripe has to tell of these, as the webhook would take it. */
  async function takeEvents(...ids: string[]): Promise<void> {
    for (const event of await allEvents()) {
      if (ids.some((id) => event.payload.includes(id))) await receiveEvent(deps, { endpoint: "main", event });
    }
  }
  /** Oldest first. */
  async function allEvents(): Promise<PaymentEvent[]> {
    const events: PaymentEvent[] = [];
    let after: string | null = null;
    do {
      const page: ListPage<PaymentEvent> = await stripeBooks(stripe).undeliveredEvents(anHourAgo, after);
      events.unshift(...page.items.reverse());
      after = page.next;
    } while (after !== null);
    return events;
  }
}

/** A port that ticks after each call: nothing happens between that and the next one. */
function mortal<Port extends object>(port: Port, tick: Tick): Port {
  return new Proxy(port, {
    get(target, name) {
      const method = target[name as keyof Port] as (...args: unknown[]) => Promise<unknown>;
      return async (...args: unknown[]) => {
        const result = await method(...args);
        await tick();
        return result;
      };
    },
  });
}

/** A transaction that ticks after each step, and after it was committed. */
function mortalTransaction(transaction: Transaction<Stores>, tick: Tick): Transaction<Stores> {
  return async (work) => {
    const result = await transaction((stores) =>
      work(
        Object.fromEntries(
          Object.entries(stores).map(([name, store]) => [name, mortal(store as object, tick)]),
        ) as Stores,
      )
    );
    await tick();
    return result;
  };
}
