// A shop in a process of its own that is killed in the middle: `deno run mortal_shop.ts <errand as JSON>`. It sells one
// course to one student, takes Stripe's events and refunds the order, and dies at the await of the given number.
import { jobQueue } from "../../adapters/pgboss/jobs.ts";
import { postgresOrderHistory } from "../../adapters/postgres/checkout/orders.ts";
import { connect } from "../../adapters/postgres/connection.ts";
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
  studentId: string;
  courseId: string;
  /** Which await is the last; none when there are fewer. */
  diesAt: number;
};

if (import.meta.main) await run(JSON.parse(Deno.args[0]!) as Errand);

async function run({ databaseUrl, stripe, studentId, courseId, diesAt }: Errand): Promise<void> {
  let awaits = 0;
  const anHourAgo = new Date(Date.now() - 3_600_000);
  const tick = () => {
    if (++awaits === diesAt) Deno.kill(Deno.pid, "SIGKILL");
  };
  const sql = await connect(databaseUrl, { max: 2 });
  const queue = await jobQueue(sql, { error: () => {} });
  const deps = {
    transaction: mortalTransaction(postgresTransaction(sql, enqueueIn(queue)), tick),
    payments: mortal(stripePayments(stripe), tick),
    providerBooks: mortal(stripeBooks(stripe), tick),
    orderHistory: postgresOrderHistory(sql),
    refunds: mortal(stripeRefunds(stripe), tick),
    settlementPolicy: { refundsMismatches: true },
    shopCurrency: "usd",
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
    reason: "asked for it",
    keyed: { callerId: "administrator", operation: "refund", target: order.id, key: "once", content: "" },
    requestId: "",
  });
  await submitRefund(deps, { refundId: refund.id });
  await takeEvents(order.id, refund.id);
  console.log(JSON.stringify({ awaits }));
  await queue.stop(1000);
  await sql.end();

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
function mortal<Port extends object>(port: Port, tick: () => void): Port {
  return new Proxy(port, {
    get(target, name) {
      const method = target[name as keyof Port] as (...args: unknown[]) => Promise<unknown>;
      return async (...args: unknown[]) => {
        const result = await method(...args);
        tick();
        return result;
      };
    },
  });
}

/** A transaction that ticks after each step, and after it was committed. */
function mortalTransaction(transaction: Transaction<Stores>, tick: () => void): Transaction<Stores> {
  return async (work) => {
    const result = await transaction((stores) =>
      work(
        Object.fromEntries(
          Object.entries(stores).map(([name, store]) => [name, mortal(store as object, tick)]),
        ) as Stores,
      )
    );
    tick();
    return result;
  };
}
