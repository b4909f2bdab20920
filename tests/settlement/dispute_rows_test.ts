// One test per row of the specification's table of the webhook that is about disputes. The shop's secret is not the one
// that the stand-in signs with: what Stripe tells arrives when the test delivers it, signed, and in the order it chooses.
import assert from "node:assert/strict";
import type Stripe from "stripe";
import { pay } from "../support/checkout.ts";
import { freePort } from "../support/postgres_cluster.ts";
import { mailsTo, mayWatch, type Purchase, startPurchase, stateOf } from "../support/purchases.ts";
import { shopTest, type TestShop } from "../support/shop.ts";
import { openStripeLine } from "../support/stripe_line.ts";
import { dashboard, deliver, signed } from "../support/webhook.ts";

const SECRET = "whsec_of_this_shop";
const DISPUTED_CARD = "4000 0000 0000 0259";
const stripePort = freePort();

type Told = Stripe.Event & { data: { object: { id: string; status?: string } } };

/** What Stripe has to tell of a purchase by its payment, oldest first, of one type. */
async function news(shop: TestShop, { sessionId }: Purchase, type: string): Promise<Told[]> {
  const stripe = dashboard(shop);
  const { payment_intent: intent } = await stripe.checkout.sessions.retrieve(sessionId);
  const { data } = await stripe.events.list({ limit: 100, type });
  return (data as Told[]).reverse().filter(({ data: { object } }) =>
    object.id === sessionId || (object as { payment_intent?: string }).payment_intent === intent
  );
}

const tell = async (shop: TestShop, event: unknown) => await deliver(shop, await signed(event, SECRET));

/** A purchase that was paid with a card whose payment the bank disputes, and nothing was told of it yet. */
async function disputed(shop: TestShop): Promise<Purchase & { completed: Told; created: Told }> {
  const bought = await startPurchase(shop);
  await pay(bought.url, { number: DISPUTED_CARD });
  const [completed] = await news(shop, bought, "checkout.session.completed");
  const [created] = await news(shop, bought, "charge.dispute.created");
  return { ...bought, completed: completed!, created: created! };
}

async function press(shop: TestShop, path: string, fields: Record<string, string> = {}): Promise<void> {
  const body = new URLSearchParams(fields);
  const response = await fetch(`${shop.sandbox.origin}/sandbox/stripe/${path}`, {
    method: "POST",
    body,
    redirect: "manual",
  });
  await response.body?.cancel();
}

async function statusOf(shop: TestShop, { created }: { created: Told }): Promise<string | undefined> {
  const [row] = await shop.sql<{ status: string }[]>`
    select status from disputes where id = ${created.data.object.id}`;
  return row?.status;
}

shopTest("webhook: disputes", async (shop, t) => {
  const line = openStripeLine(shop, stripePort);
  const outcomeOf = async (event: unknown) => {
    const { status, body } = await tell(shop, event);
    assert.equal(status, 200);
    return body.outcome;
  };

  await t.step("dispute before completed: kept, and completed gives no access while it lasts", async () => {
    const bought = await disputed(shop);
    assert.equal(await outcomeOf(bought.created), "keep");
    assert.equal(await statusOf(shop, bought), "needs_response");
    assert.equal(await outcomeOf(bought.completed), "settle");
    assert.deepEqual([await stateOf(shop, bought.orderId), await mayWatch(shop, bought)], ["paid", false]);
  });

  await t.step("dispute opened and lost before completed: completed leaves no access", async () => {
    const bought = await disputed(shop);
    await press(shop, `disputes/${bought.created.data.object.id}/lost`);
    const [closed] = await news(shop, bought, "charge.dispute.closed");
    assert.equal(await outcomeOf(closed), "keep");
    assert.equal(await outcomeOf(bought.created), "keep", "what is told late says nothing new");
    assert.equal(await statusOf(shop, bought), "lost");
    assert.equal(await outcomeOf(bought.completed), "settle");
    assert.deepEqual([await stateOf(shop, bought.orderId), await mayWatch(shop, bought)], ["paid", false]);
    const [grant] = await shop.sql`
      select g.payment_hold as hold from grants g join order_lines l on l.id = g.order_line_id
      where l.order_id = ${bought.orderId}`;
    assert.equal(grant!.hold, "dispute_lost");
  });

  await t.step("dispute created: access is suspended; won: it is restored", async () => {
    const bought = await disputed(shop);
    await tell(shop, bought.completed);
    assert.equal(await mayWatch(shop, bought), true);
    assert.equal(await outcomeOf(bought.created), "settle");
    assert.equal(await mayWatch(shop, bought), false);
    await press(shop, `disputes/${bought.created.data.object.id}/won`);
    const [closed] = await news(shop, bought, "charge.dispute.closed");
    assert.equal(await outcomeOf(closed), "settle");
    assert.equal(await mayWatch(shop, bought), true);
  });

  await t.step("dispute lost: access ends, and the student is notified", async () => {
    const bought = await disputed(shop);
    await tell(shop, bought.completed);
    await press(shop, `disputes/${bought.created.data.object.id}/lost`);
    const [closed] = await news(shop, bought, "charge.dispute.closed");
    assert.equal(await outcomeOf(closed), "settle");
    assert.deepEqual([await stateOf(shop, bought.orderId), await mayWatch(shop, bought)], ["paid", false]);
    const subjects = await mailsTo(shop, bought.student.email);
    assert.ok(subjects.some((subject) => subject.startsWith("Your access to")), subjects.join());
  });

  await t.step("a warning, and an unknown status: recorded, and access stays", async () => {
    const warned = await startPurchase(shop);
    await pay(warned.url);
    const [completed] = await news(shop, warned, "checkout.session.completed");
    await tell(shop, completed);
    const { latest_charge } = await dashboard(shop).paymentIntents.retrieve(
      (completed!.data.object as { payment_intent?: string }).payment_intent!,
    );
    await press(shop, `charges/${latest_charge}/dispute`, { warning: "yes" });
    const [created] = await news(shop, warned, "charge.dispute.created");
    assert.equal(await outcomeOf(created), "ignore", "the order stands as it did");
    assert.equal(await statusOf(shop, { created: created! }), "warning_needs_response");
    assert.equal(await mayWatch(shop, warned), true);

    const odd = await disputed(shop);
    await tell(shop, odd.completed);
    line.disputeStatus = "from_the_future";
    assert.equal(await outcomeOf(odd.created), "ignore");
    line.disputeStatus = null;
    assert.equal(await statusOf(shop, odd), "from_the_future");
    assert.equal(await mayWatch(shop, odd), true);
    const alerts = await shop.sql<{ subject: string }[]>`
      select subject from operator_alerts where key like ${`dispute:${odd.created.data.object.id}:%`}`;
    assert.deepEqual(alerts.map(({ subject }) => subject), ["A payment is disputed: from_the_future"]);
  });

  await t.step(
    "Stripe is down while a dispute event arrives: 503 and counted; delivered again, it settles",
    async () => {
      const bought = await disputed(shop);
      await tell(shop, bought.completed);
      line.isDown = true;
      for (let failures = 1; failures <= 2; failures++) {
        const refused = await tell(shop, bought.created);
        assert.deepEqual([refused.status, refused.body.code], [503, "vendor_unavailable"]);
        const [row] = await shop.sql`
        select outcome, attempts from webhook_events where event_id = ${bought.created.id}`;
        assert.deepEqual({ ...row }, { outcome: "failed", attempts: failures });
      }
      assert.equal(await mayWatch(shop, bought), true, "nothing is known of it yet");
      line.isDown = false;
      assert.equal(await outcomeOf(bought.created), "settle");
      assert.equal(await mayWatch(shop, bought), false);
      assert.equal(await outcomeOf(bought.created), "duplicate");
    },
  );

  await line.close();
}, {
  environment: { STRIPE_API_URL: `http://127.0.0.1:${stripePort}`, STRIPE_WEBHOOK_SECRET: SECRET },
});
