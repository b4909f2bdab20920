// Pages that the former shop opened and that are paid around the switch.
import assert from "node:assert/strict";
import { placeRows } from "../support/order_rows.ts";
import { mayWatch, type Person, person, stateOf } from "../support/purchases.ts";
import { addCourse, pay, shopTest, type TestShop, until } from "../support/shop.ts";
import { dashboard, sessionEvent, tell } from "../support/webhook.ts";

type Imported = {
  student: Person;
  course: Awaited<ReturnType<typeof addCourse>>;
  orderId: string;
  paymentId: string;
};

/** A pending order of the former shop as it is imported: expired, without a page. */
async function importedOrder(shop: TestShop, student?: Person): Promise<Imported> {
  student ??= await person(shop);
  const course = await addCourse(shop.sql, { title: `Course ${crypto.randomUUID()}`, priceCents: 4000 });
  const orderId = await placeRows(shop.sql, student.id, [course.id], "expired");
  const [payment] = await shop.sql<{ id: string }[]>`
    update payments set status = -1, reason = 4 where order_id = ${orderId} returning id`;
  return { student, course, orderId, paymentId: payment!.id };
}

const metadataOf = ({ student, orderId, paymentId }: Imported) => ({
  user_id: student.id,
  user_email: student.email,
  order_id: orderId,
  payment_id: paymentId,
});

let serial = 0;
/** An event about a page of the former shop; returns the outcome. */
async function outcomeOf(
  shop: TestShop,
  metadata: object,
  change: object = {},
  type?: string,
): Promise<string> {
  const name = `former_${++serial}`;
  const session = { order_id: "", user_id: "", session: `cs_${name}` };
  const fields = { amount_subtotal: 4000, payment_intent: `pi_${name}`, metadata, ...change };
  const { status, body } = await tell(shop, sessionEvent(`evt_${name}`, session, fields, type));
  assert.equal(status, 200);
  return body.outcome;
}

const alertsOf = async (shop: TestShop) =>
  (await shop.sql<{ subject: string; text: string }[]>`
    select subject, text from operator_alerts where key like 'former_payment:%' order by key`)
    .map(({ subject, text }) => `${subject}: ${text}`);

shopTest("pages of the former shop", async (shop, t) => {
  await t.step("one that is paid at Stripe after the switch gives the course, once", async () => {
    const bought = await importedOrder(shop);
    const page = await dashboard(shop).checkout.sessions.create({
      mode: "payment",
      line_items: [{
        quantity: 1,
        price_data: { currency: "usd", unit_amount: 4000, product_data: { name: "Course" } },
      }],
      metadata: metadataOf(bought),
      success_url: `https://shop.example/dashboard/payment-success?course-slug=${bought.course.slug}`,
    });
    await pay(page.url!);
    await until(async () => await stateOf(shop, bought.orderId) === "paid");
    assert.equal(await mayWatch(shop, { student: bought.student, courses: [bought.course] }), true);
    const [row] = await shop.sql`
      select p.id, p.status, p.session_id as session, o.receipt_number::int as receipt,
        (select count(*)::int from grants where student_id = ${bought.student.id}) as grants
      from payments p join orders o on o.id = p.order_id where o.id = ${bought.orderId}`;
    assert.deepEqual({ ...row }, {
      id: bought.paymentId,
      status: 2,
      session: page.id,
      receipt: 1,
      grants: 1,
    });
  });

  await t.step(
    "its end, its refund and what is told twice are settled as for a page of this shop",
    async () => {
      const [ended, paid] = [await importedOrder(shop), await importedOrder(shop)];
      assert.equal(
        await outcomeOf(shop, metadataOf(ended), { payment_status: "unpaid" }, "expired"),
        "settle",
      );
      assert.equal(await stateOf(shop, ended.orderId), "expired");
      const intent = { payment_intent: "pi_former_refunded" };
      assert.equal(await outcomeOf(shop, metadataOf(paid), intent), "settle");
      const refund = {
        id: "re_former",
        object: "refund",
        amount: 4000,
        currency: "usd",
        status: "succeeded",
        metadata: {},
        ...intent,
      };
      for (const outcome of ["settle", "ignore"]) {
        const event = {
          id: `evt_re_${outcome}`,
          object: "event",
          type: "refund.updated",
          created: 1,
          livemode: false,
        };
        assert.equal((await tell(shop, { ...event, data: { object: refund } })).body.outcome, outcome);
      }
      assert.equal(await stateOf(shop, paid.orderId), "refunded");
    },
  );

  await t.step(
    "one opened by an account that was merged since belongs to the account that stays",
    async () => {
      const bought = await importedOrder(shop);
      await shop
        .sql`insert into legacy_accounts (former_id, user_id) values ('000000000007', ${bought.student.id})`;
      const metadata = { ...metadataOf(bought), user_id: "000000000007" };
      assert.equal(await outcomeOf(shop, metadata), "settle");
      assert.equal(await mayWatch(shop, { student: bought.student, courses: [bought.course] }), true);
      const stranger = await importedOrder(shop);
      assert.equal(
        await outcomeOf(shop, { ...metadataOf(stranger), user_id: "000000000007" }),
        "flag",
        "but nobody else's",
      );
      assert.equal(await mayWatch(shop, { student: stranger.student, courses: [stranger.course] }), false);
    },
  );

  await t.step("one whose order was imported under the id of its payment is found by that", async () => {
    const bought = await importedOrder(shop);
    const metadata = { ...metadataOf(bought), order_id: crypto.randomUUID() };
    assert.equal(await outcomeOf(shop, metadata), "settle");
    assert.equal(await stateOf(shop, bought.orderId), "paid");
  });

  await t.step("one for another amount is flagged, and gives nothing", async () => {
    const bought = await importedOrder(shop);
    assert.equal(await outcomeOf(shop, metadataOf(bought), { amount_subtotal: 1 }), "flag");
    assert.equal(await stateOf(shop, bought.orderId), "expired");
  });

  await t.step("one whose buyer is gone is flagged", async () => {
    const bought = await importedOrder(shop);
    await shop.sql`delete from users where id = ${bought.student.id}`;
    assert.equal(await outcomeOf(shop, metadataOf(bought)), "flag");
    const [row] = await shop.sql<{ review: string }[]>`
      select review_reason as review from payments where order_id = ${bought.orderId}`;
    assert.match(row!.review, /account was gone/);
  });

  await t.step("one without an order alerts the operator once, if it was paid", async () => {
    const lost = {
      user_id: "000000000007",
      user_email: "eve@example.com",
      order_id: crypto.randomUUID(),
      payment_id: crypto.randomUUID(),
    };
    const page = { payment_intent: "pi_lost" };
    assert.equal(await outcomeOf(shop, lost, { ...page, payment_status: "unpaid" }, "expired"), "ignore");
    assert.deepEqual(await alertsOf(shop), []);
    assert.equal(await outcomeOf(shop, lost, page), "flag");
    const [alert, ...others] = await alertsOf(shop);
    assert.deepEqual(others, []);
    assert.match(
      alert!,
      /^A payment of the former shop has no order: Session cs_former_\d+ \(payment intent pi_lost\)/,
    );
    const [merged] = await shop.sql<{ id: string }[]>`select user_id as id from legacy_accounts`;
    for (const part of [lost.order_id, lost.payment_id, "40.00 USD", `user ${merged!.id}`]) {
      assert.ok(alert!.includes(part), part);
    }
    const [event] = await shop.sql<{ payload: { data: { object: { payment_intent: string } } } }[]>`
      select payload from webhook_events where outcome = 'flag' order by received_at desc limit 1`;
    assert.equal(event!.payload.data.object.payment_intent, "pi_lost", "the event is kept");
    assert.equal(
      await outcomeOf(shop, { order_id: lost.order_id, user_id: "1", attempt: "1" }),
      "ignore",
      "not ours",
    );
    assert.equal(await outcomeOf(shop, { payment_id: lost.payment_id }), "ignore", "another product's");
  });
});
