import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { postgresChecks } from "../../adapters/postgres/settlement/checks.ts";
import { postgresTransaction } from "../../adapters/postgres/transaction.ts";
import { stripeBooks } from "../../adapters/stripe/books.ts";
import { reconcile } from "../../domain/settlement/reconcile.ts";
import { pay } from "../support/checkout.ts";
import { freePort } from "../support/postgres_cluster.ts";
import { buy, mayWatch, person, purchase, startPurchase, stateOf } from "../support/purchases.ts";
import { shopTest, type TestShop, until } from "../support/shop.ts";
import { openStripeLine } from "../support/stripe_line.ts";
import { dashboard } from "../support/webhook.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** Runs a command of main.ts beside the shop, as an operator would. */
async function command(shop: TestShop, ...args: string[]): Promise<{ code: number; text: string }> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", "main.ts", ...args],
    cwd: ROOT,
    env: shop.environment,
  }).output();
  return { code, text: new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr) };
}

// The webhook's secret is another than Stripe's: no event is ever taken.
shopTest(
  "missed events: the reconciler finds them at Stripe, reports them in a dry run, then settles them",
  async (shop) => {
    const stripe = dashboard(shop);
    const paid = await startPurchase(shop);
    await pay(paid.url);
    const failing = await startPurchase(shop);
    await pay(failing.url, { method: "debit_fails" });
    const lapsed = await startPurchase(shop);
    await stripe.checkout.sessions.expire(lapsed.sessionId);
    const forgotten = await startPurchase(shop);
    await shop.sql`
    update orders set state = 'created', session_id = null, session_url = null,
      session_expires_at = now() - interval '1 minute' where id = ${forgotten.orderId}`;
    await until(async () => {
      const { payment_intent } = await stripe.checkout.sessions.retrieve(failing.sessionId, {
        expand: ["payment_intent"],
      });
      return (payment_intent as { status: string }).status === "requires_payment_method";
    });
    const rehearsed = await command(shop, "reconcile", "--dry-run");
    assert.equal(rehearsed.code, 0, rehearsed.text);
    assert.match(rehearsed.text, /open -> paid/);
    assert.match(rehearsed.text, /nothing was changed/);
    assert.equal(await stateOf(shop, paid.orderId), "open");
    const real = await command(shop, "reconcile");
    assert.equal(real.code, 0, real.text);
    const states = [];
    for (const { orderId } of [paid, failing, lapsed, forgotten]) states.push(await stateOf(shop, orderId));
    assert.deepEqual(states, ["paid", "failed", "expired", "expired"]);
    assert.equal(await mayWatch(shop, paid), true);

    const [payment] = await shop.sql<{ intent: string }[]>`
    select payment_intent_id as intent from payments where order_id = ${paid.orderId}`;
    await stripe.refunds.create({ payment_intent: payment!.intent });
    const disputed = await startPurchase(shop);
    await pay(disputed.url, { number: "4000 0000 0000 0259" });
    const again = await command(shop, "reconcile");
    assert.match(again.text, /paid -> refunded/);
    assert.equal(await mayWatch(shop, paid), false);
    assert.match(again.text, /dispute.*access/);
    assert.deepEqual([await stateOf(shop, disputed.orderId), await mayWatch(shop, disputed)], [
      "paid",
      false,
    ]);
    assert.match((await command(shop, "reconcile")).text, /^0 found/m);
  },
  { environment: { STRIPE_WEBHOOK_SECRET: "whsec_another" } },
);

shopTest(
  "a slow Stripe: the reconciler's run ends in time, the next continues from there, and nothing starves",
  async (shop) => {
    const stripe = dashboard(shop);
    const purchases = [];
    for (let n = 0; n < 5; n++) purchases.push(await startPurchase(shop));
    for (const { url } of purchases) await pay(url);
    for (const { sessionId } of purchases.slice(0, 3)) {
      const { payment_intent } = await stripe.checkout.sessions.retrieve(sessionId);
      await stripe.refunds.create({ payment_intent: payment_intent as string });
    }
    // Each request takes ten seconds by the shop's clock, and lists come two by two.
    const start = Date.now() + 3600_000;
    let elapsed = 0;
    let asked: string[] = [];
    const port = freePort();
    const line = openStripeLine(shop, port);
    line.onRequest = ({ pathname, searchParams }) => {
      elapsed += 10;
      asked.push(pathname.split("/")[2]!);
      if (searchParams.has("limit")) searchParams.set("limit", "2");
    };
    const deps = {
      transaction: postgresTransaction(shop.sql, () => Promise.resolve()),
      checks: postgresChecks(shop.sql),
      providerBooks: stripeBooks({
        secretKey: shop.environment.STRIPE_SECRET_KEY!,
        apiUrl: `http://127.0.0.1:${port}`,
        livemode: false,
      }),
      settlementPolicy: { refundsMismatches: true },
      clock: () => new Date(start + elapsed * 1000),
    };
    const isWhole = async () => {
      const [row] = await shop.sql<{ whole: boolean }[]>`
        select bool_and(o.state = case when exists (select from refunds r where r.order_id = o.id)
          then 'refunded' else 'paid' end) and (select count(*) from refunds) = 3 as whole from orders o`;
      return row!.whole;
    };
    let runs = 0;
    for (let isCutShort = true; isCutShort; runs++) {
      assert.ok(runs < 30, "it comes to an end");
      elapsed = runs * 900;
      asked = [];
      const reconciliation = await reconcile(deps, { dryRun: false, bounds: { orders: 300, seconds: 50 } });
      assert.ok(asked.length <= 6, `${asked.length} look-ups in a run`);
      assert.deepEqual(reconciliation.findings.filter(({ result }) => result === "failed"), []);
      if (runs === 0) {
        assert.deepEqual(new Set(asked), new Set(["events", "refunds", "disputes", "checkout"]));
      }
      ({ isCutShort } = reconciliation);
    }
    assert.ok(runs > 3, `${runs} runs`);
    assert.equal(await isWhole(), true);
    await line.close();
  },
  { environment: { STRIPE_WEBHOOK_SECRET: "whsec_another" } },
);

shopTest(
  "invariants: the command names what is broken, exits with 1, and repairs what it can",
  async (shop) => {
    const [lost, back] = [await purchase(shop), await purchase(shop)];
    assert.match((await command(shop, "invariants")).text, /All invariants hold/);
    await shop
      .sql`delete from grants where order_line_id in (select id from order_lines where order_id = ${lost.orderId})`;
    await dashboard(shop).refunds.create({ payment_intent: back.intent });
    await until(async () => {
      const told = await shop.sql`
        select type from webhook_events where type in ('refund.created', 'charge.refunded')`;
      return told.length === 2;
    });
    await shop.sql`
    update grants set payment_hold = null
    where order_line_id in (select id from order_lines where order_id = ${back.orderId})`;
    await shop.sql`
    insert into webhook_events (endpoint, event_id, type, payload, outcome) values ('main', 'evt_dead', 't', '{}', 'dead')`;
    const broken = await command(shop, "invariants");
    assert.equal(broken.code, 1);
    for (const told of ["no grant and no reason", "is refunded", "given up without an alert"]) {
      assert.ok(broken.text.includes(told), `${told} in ${broken.text}`);
    }
    const repaired = await command(shop, "invariants", "--repair");
    assert.deepEqual([repaired.code, /All invariants hold/.test(repaired.text)], [0, true], repaired.text);
    assert.deepEqual([await mayWatch(shop, lost), await mayWatch(shop, back)], [true, false]);

    const refund = crypto.randomUUID();
    await shop.sql`
    insert into refunds (id, order_id, payment_intent_id, amount, currency, status, origin, stripe_refund_id)
    values (${refund}, ${lost.orderId}, ${lost.intent}, 4901, 'usd', 'succeeded', 'stripe', 're_too_much')`;
    const beyond = await command(shop, "invariants", "--repair");
    assert.equal(beyond.code, 1);
    assert.match(beyond.text, /refunded 4901 of 4900 usd/);
    assert.match(beyond.text, /^4 needs a person: compare the order with Stripe/m);
  },
);

shopTest(
  "silence while orders are open, a dead job, and a broken invariant alert once",
  async (shop) => {
    const open = await startPurchase(shop);
    await shop.sql`update orders set created_at = now() - interval '2 minutes' where id = ${open.orderId}`;
    await shop.sql`
    insert into webhook_events (endpoint, event_id, type, payload, outcome, received_at)
    values ('main', 'evt_old', 't', '{}', 'ignore', now() - interval '90 seconds')`;
    const other = await startPurchase(shop);
    await shop.sql`update orders set state = 'paid' where id = ${other.orderId}`; // as no code of ours would
    await shop.sql`
    insert into pgboss.job (name, data, output)
    values ('dead_jobs', '{"kind":"submit_refund"}', '{"message":"no answer"}')`;
    const watch = () =>
      shop.sql`insert into pgboss.job (name, data) values ('jobs', '{"kind":"watch_payments"}')`.then(
        shop.drainJobs,
      );
    await watch();
    await watch();
    const alerts = await shop.sql<
      { key: string; text: string }[]
    >`select key, text from operator_alerts order by key`;
    assert.deepEqual(alerts.map(({ key }) => key.split(":")[0]), ["dead_job", "invariant", "silence"]);
    assert.match(alerts[0]!.text, /submit_refund.*no answer/);
    assert.match(alerts[1]!.text, /exactly one grant/);
    const { messages } = await (await fetch(`${shop.sandbox.origin}/mailbox/api/messages`)).json() as {
      messages: { subject: string }[];
    };
    for (
      const subject of [
        "Stripe is silent",
        "A job was given up: submit_refund",
        "Money and access do not agree",
      ]
    ) {
      assert.ok(messages.some((mail) => mail.subject.includes(subject)), subject);
    }
  },
  { environment: { WEBHOOK_SILENCE_MINUTES: "1" } },
);

shopTest(
  "jobs of a kind that an outage gave up are told of in one alert, and each only once",
  async (shop) => {
    await shop.sql`
    insert into pgboss.job (name, data, output)
    select 'dead_jobs', jsonb_build_object('kind', kind), '{"message":"no answer"}'
    from unnest(array['submit_refund', 'close_page']) kind, generate_series(1, 40)`;
    const told = async () => {
      await shop.sql`insert into pgboss.job (name, data) values ('jobs', '{"kind":"watch_payments"}')`;
      await shop.drainJobs();
      const mails = await shop.sql<{ text: string }[]>`
      select notice->>'text' as text from mails where kind = 'operator_alert' order by notice->>'subject'`;
      return mails.map(({ text }) => text);
    };
    const texts = await told();
    assert.equal(texts.length, 2);
    assert.match(texts[0]!, /close_page.*So did 39 more of this kind\..*no answer$/);
    assert.deepEqual(await told(), texts);
    const [{ count }] = await shop.sql<[{ count: number }]>`
    select count(*)::int as count from operator_alerts where key like 'dead_job:%'`;
    assert.equal(count, 80, "no invariant finds one of which no alert tells");
  },
);

shopTest("a person without orders is never looked up at Stripe", async (shop) => {
  const { courses } = await startPurchase(shop);
  const stranger = await person(shop);
  const page = await shop.call("GET", `/api/courses/courses/${courses[0]!.slug}/`, { token: stranger.token });
  assert.deepEqual([page.status, page.body.is_enrolled], [200, false]);
  assert.equal((await buy(shop, stranger, courses)).status, 200);
});
