import assert from "node:assert/strict";
import { addCourse, pay, shopTest, signUp, type TestShop } from "../../support/shop.ts";
import { signUpAs } from "../../support/tutors.ts";
import { sessionEvent, tell } from "../../support/webhook.ts";

const buy = async (shop: TestShop, token: string, ...course_ids: string[]) =>
  (await shop.call("POST", "/api/payments/payments/", { token, body: { course_ids } })).body;

shopTest("a student sees past orders with lines, payments and a receipt in PDF", async (shop) => {
  const algebra = await addCourse(shop.sql);
  const optics = await addCourse(shop.sql, { title: "Оптика и другие волны", priceCents: 1 });
  const { id, token } = await signUp(shop);
  const get = (path: string) => shop.call("GET", path, { token });
  const { order_id, checkout_url } = await buy(shop, token, algebra.id, optics.id);
  const order = `/api/payments/orders/${order_id}/`;

  const open = (await get(order)).body;
  assert.equal(open.state, "open");
  assert.equal(open.receipt_number, null);
  assert.equal(open.receipt_url, null);
  assert.equal((await get(`${order}receipt/`)).status, 404, "not before it is paid");

  await pay(checkout_url);
  const paid = (await get(order)).body;
  assert.equal(paid.state, "paid");
  assert.equal(paid.receipt_number, "R-000001");
  assert.ok(paid.paid_at);
  assert.deepEqual([paid.subtotal, paid.discount, paid.tax, paid.total, paid.refunded], [
    "49.01",
    "0.00",
    "0.00",
    "49.01",
    "0.00",
  ]);
  assert.deepEqual(
    paid.lines.map((line: { course: { title: string }; amount: string }) => [line.course.title, line.amount]),
    [["Linear Algebra", "49.00"], ["Оптика и другие волны", "0.01"]],
  );
  assert.deepEqual(
    paid.payments.map(({ amount, status, method }: Record<string, unknown>) => [amount, status, method]),
    [["49.01", 2, "stripe"]],
  );
  assert.deepEqual(paid.student, { id, email: "ada@example.com" });

  const response = await shop.fetch(paid.receipt_url, { headers: { authorization: `Bearer ${token}` } });
  assert.equal(response.status, 200);
  assert.equal(response.headers.get("content-type"), "application/pdf");
  const pdf = new Uint8Array(await response.arrayBuffer());
  assert.equal(new TextDecoder().decode(pdf.subarray(0, 5)), "%PDF-");

  const list = (await get("/api/payments/orders/")).body;
  assert.equal(list.count, 1);
  assert.deepEqual(list.results[0], paid);
});

shopTest(
  "an order without lines is listed, shown and settled like others, and flagged once it is paid",
  async (shop) => {
    const algebra = await addCourse(shop.sql);
    const ada = await signUp(shop);
    const root = await signUpAs(shop, "admin");
    const { order_id } = await buy(shop, ada.token, algebra.id);
    await shop.sql`delete from order_lines where order_id = ${order_id}`;
    const path = `/api/payments/orders/${order_id}/`;
    for (const { token } of [ada, root]) {
      const { status, body } = await shop.call("GET", "/api/payments/orders/", { token });
      assert.deepEqual([status, body.count, body.results[0].lines, body.results[0].discount], [
        200,
        1,
        [],
        "0.00",
      ]);
      assert.equal((await shop.call("GET", path, { token })).status, 200);
    }
    assert.equal((await shop.call("GET", `${path}status/`, { token: ada.token })).body.state, "open");

    const event = sessionEvent("evt_no_lines", { order_id, user_id: ada.id, session: "cs_no_lines" });
    assert.deepEqual((await tell(shop, event)).body, { outcome: "flag" });
    const flagged = (await shop.call("GET", path, { token: root.token })).body;
    assert.deepEqual([flagged.state, flagged.review.reason], ["paid", "the order has no courses"]);
    const receipt = await shop.fetch(flagged.receipt_url, {
      headers: { authorization: `Bearer ${ada.token}` },
    });
    await receipt.body?.cancel();
    assert.equal(receipt.status, 200);
    const refund = await shop.call("POST", `${path}refunds/`, {
      token: root.token,
      body: { reason: "nothing was sold" },
    });
    assert.equal(refund.status, 201);
    await shop.drainJobs();
  },
);

shopTest("an order is visible to its buyer and to administrators, who find any", async (shop) => {
  const algebra = await addCourse(shop.sql);
  const optics = await addCourse(shop.sql, { title: "Optics", priceCents: 0 });
  const ada = await signUp(shop);
  const bob = await signUp(shop, "bob@example.com");
  const first = await buy(shop, ada.token, algebra.id);
  await pay(first.checkout_url);
  const second = await buy(shop, bob.token, optics.id);
  await buy(shop, bob.token, algebra.id);

  for (
    const path of [`${first.order_id}/`, `${first.order_id}/receipt/`, "not-a-uuid/", crypto.randomUUID()]
  ) {
    const { status } = await shop.call("GET", `/api/payments/orders/${path}`, { token: bob.token });
    assert.equal(status, 404, path);
  }
  const own = await shop.call("GET", `/api/payments/orders/?user=${ada.id}`, { token: bob.token });
  assert.equal(own.body.count, 2, "whoever else they name, they see their own");

  await shop.sql`update users set role = 1 where id = ${bob.id}`;
  const { body } = await shop.call("POST", "/api/auth/token/", {
    body: { email: "bob@example.com", password: "correct-horse" },
  });
  const numbers = async (query: string) => {
    const { body: page } = await shop.call("GET", `/api/payments/orders/?${query}`, { token: body.access });
    return page.results.map((order: { receipt_number: string | null }) => order.receipt_number);
  };
  const payments = async (query: string, token = body.access) =>
    (await shop.call("GET", `/api/payments/payments/?${query}`, { token })).body;
  assert.equal((await payments("")).count, 3);
  const [paid] = (await payments("user=ADA@example.com")).results;
  assert.deepEqual([paid.user, paid.amount, paid.status], [ada.id, "49.00", 2]);
  assert.equal((await payments(`user=${bob.id}`)).count, 2);
  assert.equal((await payments(`user=${bob.id}`, ada.token)).count, 1, "their own");
  const payment = (token: string, id: string) => shop.call("GET", `/api/payments/payments/${id}/`, { token });
  assert.deepEqual((await payment(ada.token, paid.id)).body, paid);
  assert.equal((await payment(body.access, paid.id)).status, 200);
  const [other] = (await payments(`user=${bob.id}`)).results;
  for (const id of [other.id, crypto.randomUUID(), "x"]) {
    assert.equal((await payment(ada.token, id)).status, 404);
  }
  assert.deepEqual(await numbers(""), [null, "R-000002", "R-000001"]);
  assert.deepEqual(await numbers("user=ADA@example.com"), ["R-000001"]);
  assert.deepEqual(await numbers(`user=${bob.id}&state=paid`), ["R-000002"]);
  assert.deepEqual(await numbers("course=linear-algebra"), [null, "R-000001"]);
  assert.deepEqual(await numbers(`course=${optics.id}`), ["R-000002"]);
  assert.deepEqual(await numbers("receipt_number=r-000002"), ["R-000002"]);
  assert.deepEqual(await numbers("receipt_number=7"), []);
  assert.deepEqual(await numbers("currency=EUR"), []);
  assert.deepEqual(await numbers("since=2999-01-01T00:00:00Z"), []);
  assert.deepEqual(await numbers("until=2999-01-01T00:00:00Z&page=2&page_size=1"), ["R-000002"]);
  const free = await shop.call("GET", `/api/payments/orders/${second.order_id}/`, { token: bob.token });
  assert.equal(free.body.total, "0.00");
  assert.equal(free.body.payments[0].method, "free");
  const bad = [
    "state=gone",
    "currency=euros",
    "receipt_number=x",
    "needs_review=x",
    "since=yesterday",
    "page=0",
  ];
  for (const query of bad) {
    const answer = await shop.call("GET", `/api/payments/orders/?${query}`, { token: body.access });
    assert.equal(answer.status, 400, query);
    assert.ok(answer.body.errors[query.split("=")[0]!], query);
  }
});

shopTest("receipts are numbered without gaps, however many orders are paid at once", async (shop) => {
  const course = await addCourse(shop.sql, { priceCents: 0 });
  const students = await Promise.all(
    Array.from({ length: 8 }, (_, index) => signUp(shop, `student-${index}@example.com`)),
  );
  await Promise.all(students.map(({ token }) => buy(shop, token, course.id)));
  // A settlement that fails takes no number with it.
  await assert.rejects(shop.sql.begin(async (tx) => {
    await tx`
      insert into orders (student_id, student_email, state, subtotal_amount, currency, session_expires_at)
      values ('x', 'x@example.com', 'created', 0, 'usd', now())`;
    await tx`update orders set state = 'paid' where student_id = 'x'`;
    throw new Error("crash");
  }));
  const late = await signUp(shop, "late@example.com");
  await buy(shop, late.token, course.id);
  const rows = await shop.sql<{ number: bigint }[]>`
    select receipt_number as number from orders order by receipt_number`;
  assert.deepEqual(rows.map(({ number }) => Number(number)), [1, 2, 3, 4, 5, 6, 7, 8, 9]);
});
