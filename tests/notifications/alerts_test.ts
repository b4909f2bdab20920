// Alerts by every channel of the operator, and that their cause is over.
import assert from "node:assert/strict";
import { enqueueIn } from "../../adapters/composition/enqueue.ts";
import { postgresTransaction } from "../../adapters/postgres/transaction.ts";
import type { Channels } from "../../domain/notifications/queue_notices.ts";
import { reportOutage } from "../../domain/notifications/report_outage.ts";
import { ROLE } from "../../domain/accounts/ports.ts";
import { person, purchase, startPurchase } from "../support/purchases.ts";
import { shopTest, type TestShop } from "../support/shop.ts";

/** The sandbox's. */
const OPERATOR = "+4915100000000";
const CHANNELS: Channels = { ofAlerts: ["sms", "webhook"], textsPeople: true };

/** What the operator was told since the last call, by channel, the oldest first. */
function toldBy(shop: TestShop) {
  const seen = { mail: 0, sms: 0, chat: 0 };
  const since = (channel: keyof typeof seen, all: string[]) => {
    const news = all.slice(0, all.length - seen[channel]).reverse();
    seen[channel] = all.length;
    return news;
  };
  return async () => {
    await shop.drainJobs();
    const mailbox = `${shop.sandbox.origin}/mailbox/api/messages?to=${shop.environment.OPERATOR_EMAIL}`;
    const { messages } = await (await fetch(mailbox)).json() as { messages: { subject: string }[] };
    return {
      mail: since("mail", messages.map(({ subject }) => subject.replace("[11Tutors] ", ""))),
      sms: since(
        "sms",
        shop.sandbox.sms.all().filter(({ to }) => to === OPERATOR)
          .map(({ body }) => body.match(/^\[11Tutors\] ((?:Resolved: )?[^:]+)/)![1]!),
      ),
      chat: since("chat", shop.sandbox.posts.map(({ text }) => text.match(/^\*\[11Tutors\] (.+)\*\n/)![1]!)),
    };
  };
}

const onEach = (...subjects: string[]) => ({ mail: subjects, sms: subjects, chat: subjects });

const watch = async (shop: TestShop) =>
  void await shop.sql`insert into pgboss.job (name, data) values ('jobs', '{"kind":"watch_payments"}')`;

/** Lets Stripe have said its last word so many seconds ago. */
const heard = async (shop: TestShop, secondsAgo: number) =>
  void await shop.sql`
    insert into webhook_events (endpoint, event_id, type, payload, outcome, received_at)
    values ('main', 'evt_last', 't', '{}', 'ignore', now() - make_interval(secs => ${secondsAgo}))
    on conflict (endpoint, event_id) do update set received_at = excluded.received_at`;

shopTest("the operator is told once that something is wrong, and once that it is over", async (shop, t) => {
  const told = toldBy(shop);

  await t.step("Stripe is silent, and is heard again, and is silent again", async () => {
    const open = await startPurchase(shop);
    await shop.sql`update orders set created_at = now() - interval '2 hours' where id = ${open.orderId}`;
    await heard(shop, 3600);
    for (let n = 0; n < 2; n++) await watch(shop);
    assert.deepEqual(await told(), onEach("Stripe is silent"));
    await heard(shop, 1);
    for (let n = 0; n < 2; n++) await watch(shop);
    assert.deepEqual(await told(), onEach("Resolved: Stripe is silent"));
    await watch(shop);
    assert.deepEqual(await told(), onEach());
    await heard(shop, 1800);
    await watch(shop);
    assert.deepEqual(await told(), onEach("Stripe is silent"));
    await heard(shop, 1);
    await watch(shop);
    assert.deepEqual(await told(), onEach("Resolved: Stripe is silent"));
  });

  await t.step("an invariant is broken, holds again, and is broken again on the same day", async () => {
    const { orderId } = await startPurchase(shop);
    await told();
    for (let n = 0; n < 2; n++) {
      await shop.sql`update orders set state = 'paid' where id = ${orderId}`; // as no code of ours would
      await watch(shop);
      await watch(shop);
      const raised = await told();
      assert.deepEqual(raised, onEach("Money and access do not agree"), `${n}`);
      await shop.sql`update orders set state = 'open' where id = ${orderId}`;
      await watch(shop);
      await watch(shop);
      assert.deepEqual(await told(), onEach("Resolved: Money and access do not agree"), `${n}`);
    }
  });

  await t.step("the video service is down, and is asked until it responds", async () => {
    const enqueue = enqueueIn({ enqueue: () => Promise.resolve() }, CHANNELS);
    const transaction = postgresTransaction(shop.sql, enqueue);
    for (let n = 0; n < 2; n++) {
      await reportOutage({ transaction, clock: () => new Date() }, {
        service: "video",
        reason: "no answer",
      });
    }
    shop.sandbox.faults.set("video", "down");
    await watch(shop);
    assert.deepEqual(await told(), onEach("The video service is down"));
    shop.sandbox.faults.set("video", null);
    await watch(shop);
    await watch(shop);
    assert.deepEqual(await told(), onEach("Resolved: The video service is down"));
  });

  await t.step("a payment needs a review, and an administrator closes it", async () => {
    const { orderId } = await purchase(shop);
    const administrator = await person(shop, ROLE.admin);
    await shop.sql`update payments set review_reason = 'paid twice' where order_id = ${orderId}`;
    await shop.sql`
      insert into operator_alerts (key, subject, text)
      values (${`review:${orderId}:paid twice`}, 'A payment needs a review', '')`;
    await told();
    const body = { note: "looked at" };
    const path = `/api/payments/orders/${orderId}/review/`;
    assert.equal((await shop.call("POST", path, { token: administrator.token, body })).status, 200);
    assert.deepEqual(await told(), onEach("Resolved: A payment needs a review"));
  });
}, { alertsEverywhere: true, environment: { WEBHOOK_SILENCE_MINUTES: "20" } });
