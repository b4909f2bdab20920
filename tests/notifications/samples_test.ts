import assert from "node:assert/strict";
import { SAMPLES } from "../../adapters/letters/samples.ts";
import { postgresOrders } from "../../adapters/postgres/checkout/orders.ts";
import { postgresNoticeFacts } from "../../adapters/postgres/notifications/notice_facts.ts";
import { postgresPurchases } from "../../adapters/postgres/orders/purchases.ts";
import type { Database } from "../../adapters/postgres/queries.ts";
import { postgresTransaction } from "../../adapters/postgres/transaction.ts";
import type { Job } from "../../domain/jobs.ts";
import type { Notice, NoticeKind } from "../../domain/notifications/ports.ts";
import { renderNotice } from "../../domain/notifications/render_notice.ts";
import type { RefundEvidence, SessionEvidence } from "../../domain/settlement/evidence.ts";
import { settle } from "../../domain/settlement/settle.ts";
import { addUser } from "../support/mailing.ts";
import { databaseTest } from "../support/test_database.ts";

const QUANTUM = "Quantum Mechanics: a First Encounter with Waves, Spins and Measurements";
const CATALOG = {
  "linear-algebra-for-engineers": ["Linear Algebra for Engineers", 4900n],
  "quantum-mechanics": [QUANTUM, 12_900n],
  "cell-biology-essentials": ["Cell Biology Essentials", 3900n],
} as const;
type Slug = keyof typeof CATALOG;

/** A shop without HTTP, in which orders are made and settled by the use cases, and what its mails say. */
async function openShop(sql: Database) {
  const jobs: Job[] = [];
  const transaction = postgresTransaction(sql, (_tx, job) => Promise.resolve(void jobs.push(job)));
  const student = await addUser(sql);
  for (const [slug, [title, price]] of Object.entries(CATALOG)) {
    await sql`
      insert into courses (slug, title, price_amount, is_published) values (${slug}, ${title}, ${price}, true)`;
  }
  let serial = 0;
  const told = async (evidence: SessionEvidence | RefundEvidence) =>
    await transaction((stores) => settle(stores, { refundsMismatches: true }, evidence));
  return {
    async order(slugs: Slug[], discounts: bigint[] = []) {
      const rows = await sql<{ id: string; slug: string }[]>`
        select id, slug from courses where slug = any(${slugs}::text[])`;
      const lines = slugs.map((slug, index) => ({
        courseId: rows.find((row) => row.slug === slug)!.id,
        courseSlug: slug,
        title: CATALOG[slug][0],
        amount: CATALOG[slug][1],
        discount: discounts[index] ?? 0n,
      }));
      const total = lines.reduce((sum, { amount }) => sum + amount, 0n);
      const order = await sql.begin((tx) =>
        postgresOrders(tx).create({
          studentId: student,
          lines,
          subtotal: { amount: total, currency: "usd" },
          promotion: null,
          pageExpiresAt: new Date(),
        })
      );
      const discount = lines.reduce((sum, line) => sum + line.discount, 0n);
      const pay = (outcome: SessionEvidence["outcome"], tax = 0n) =>
        told({
          kind: "session",
          orderId: order!.id,
          studentId: student,
          sessionId: `cs_${order!.id}`,
          mode: "payment",
          attempt: 1,
          paymentIntentId: `pi_${order!.id}`,
          outcome,
          subtotal: { amount: total, currency: "usd" },
          discount,
          tax,
          total: total - discount + tax,
        });
      /** For a line, as if the shop had asked for it; or without one, as at the provider's dashboard. */
      const giveBack = async (amount: bigint, line?: number): Promise<string> => {
        const stripeId = `re_${++serial}`;
        const asked = line === undefined ? null : await transaction(({ books }) =>
          books.requestRefund({
            orderId: order!.id,
            paymentIntentId: `pi_${order!.id}`,
            amount: { amount, currency: "usd" },
            origin: "administrator",
            requestKey: null,
            requestedBy: null,
            reason: "",
            lines: [{ lineId: order!.lines[line]!.id, amount }],
          })
        );
        await told({
          kind: "refund",
          stripeId,
          refundId: asked?.id ?? null,
          paymentIntentId: `pi_${order!.id}`,
          amount: { amount, currency: "usd" },
          status: "succeeded",
          failureReason: null,
        });
        const [row] = await sql<
          { id: string }[]
        >`select id from refunds where stripe_refund_id = ${stripeId}`;
        return row!.id;
      };
      return { id: order!.id, pay, giveBack };
    },

    async say(notice: Notice) {
      const deps = {
        noticeFacts: postgresNoticeFacts(sql),
        tokens: { issueLink: () => Promise.resolve("") },
        publicUrl: "",
        frontendUrl: "https://11-tutors.com",
        operatorEmail: "",
      };
      const saying = await renderNotice(deps, notice);
      assert.ok("message" in saying);
      return saying.message.data as Record<string, unknown>;
    },
  };
}

/** The data of a sample, as it would be of that order. */
const sample = (kind: NoticeKind, orderId: string) => ({ ...SAMPLES[kind], orderId });
const money = (amount: bigint) => ({ amount, currency: "usd" });

databaseTest("the samples match the mails of such orders", async ({ sql }) => {
  const shop = await openShop(sql);
  const two = await shop.order(["linear-algebra-for-engineers", "quantum-mechanics"], [490n, 1290n]);
  await two.pay("paid");
  const { lines, ...confirmation } = await shop.say({ kind: "order_confirmation", orderId: two.id });
  const { lines: sampleLines, ...sampled } = SAMPLES.order_confirmation;
  assert.deepEqual(confirmation, { ...sampled, orderId: two.id });
  assert.deepEqual(
    (lines as typeof sampleLines).map(({ title, price }) => ({ title, price })),
    sampleLines,
  );

  const one = await shop.order(["linear-algebra-for-engineers"]);
  await one.pay("awaiting_funds");
  assert.deepEqual(
    await shop.say({ kind: "payment_processing", orderId: one.id }),
    sample("payment_processing", one.id),
  );
  await one.pay("paid");
  const refundId = await one.giveBack(4900n, 0);
  assert.deepEqual(await shop.say({ kind: "refund", refundId }), sample("refund", one.id));

  const failing = await shop.order(["linear-algebra-for-engineers", "cell-biology-essentials"]);
  await failing.pay("failed");
  assert.deepEqual(
    await shop.say({ kind: "payment_failed", orderId: failing.id }),
    sample("payment_failed", failing.id),
  );
});

databaseTest(
  "the total in mails and orders is the charge including tax; rows add up to it",
  async ({ sql }) => {
    const shop = await openShop(sql);
    const order = await shop.order(["linear-algebra-for-engineers", "cell-biology-essentials"], [0n, 3900n]);
    await order.pay("awaiting_funds", 931n);
    const processing = await shop.say({ kind: "payment_processing", orderId: order.id });
    assert.deepEqual(processing.total, money(5831n));
    await order.pay("paid", 931n);
    const said = await shop.say({ kind: "order_confirmation", orderId: order.id });
    assert.deepEqual([said.discount, said.tax, said.total], [money(3900n), money(931n), money(5831n)]);
    const purchase = (await postgresPurchases(sql).byId(order.id))!;
    assert.deepEqual([purchase.total, purchase.payments[0]!.amount], [5831n, 5831n]);
  },
);

databaseTest(
  "a refund's mail names its courses, and those to which access ended",
  async ({ sql }) => {
    const shop = await openShop(sql);
    const [algebra, biology] = ["Linear Algebra for Engineers", "Cell Biology Essentials"];
    const order = await shop.order(["linear-algebra-for-engineers", "cell-biology-essentials"]);
    await order.pay("paid");
    const say = async (refundId: string) => {
      const { titles, ended, amount } = await shop.say({ kind: "refund", refundId });
      return { titles, ended, amount: (amount as { amount: bigint }).amount };
    };
    const goodwill = await order.giveBack(880n); // 4.90 and 3.90
    assert.deepEqual(await say(goodwill), { titles: [algebra, biology], ended: [], amount: 880n });
    const byName = await order.giveBack(4410n, 0);
    assert.deepEqual(await say(byName), { titles: [algebra], ended: [algebra], amount: 4410n });
    const later = await order.giveBack(100n);
    assert.deepEqual(await say(later), { titles: [biology], ended: [], amount: 100n });
    const rest = await order.giveBack(3410n);
    assert.deepEqual(await say(rest), { titles: [biology], ended: [biology], amount: 3410n });
  },
);

databaseTest(
  "a confirmation names exactly the courses to which it gives access",
  async ({ sql }) => {
    const shop = await openShop(sql);
    const order = await shop.order(["linear-algebra-for-engineers", "cell-biology-essentials"]);
    await sql`delete from courses where slug = 'linear-algebra-for-engineers'`;
    await order.pay("paid");
    const said = await shop.say({ kind: "order_confirmation", orderId: order.id });
    assert.deepEqual(said.opened, ["Cell Biology Essentials"]);
    assert.equal(said.learnUrl, "https://11-tutors.com/courses/cell-biology-essentials");
  },
);
