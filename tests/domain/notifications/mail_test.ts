import assert from "node:assert/strict";
import { ROLE } from "../../../domain/accounts/ports.ts";
import { register } from "../../../domain/accounts/register.ts";
import { setLetter } from "../../../domain/notifications/letter.ts";
import { sendNotice } from "../../../domain/notifications/send_notice.ts";
import { sendOrderConfirmation } from "../../../domain/notifications/send_order_confirmation.ts";
import { memoryShop, openOrder } from "../../support/memory_shop.ts";

const publicUrl = "https://api.example";
const frontendUrl = "https://shop.example";
const ADA = {
  email: "ada@example.com",
  password: "correct horse",
  firstName: "<Ada>",
  lastName: "",
  role: ROLE.user,
  address: "",
};

Deno.test("sendOrderConfirmation names what was bought, its price and where to watch it", async () => {
  const order = openOrder({ state: "paid" });
  const shop = memoryShop({ orders: [order] });
  await sendOrderConfirmation({ orders: shop.history, mailer: shop.mailer, frontendUrl }, {
    orderId: order.id,
  });
  const [mail] = shop.mails;
  assert.equal(mail!.to, order.studentEmail);
  assert.match(mail!.text, /Course algebra: 49\.99 USD/);
  assert.ok(mail!.text.includes(`${frontendUrl}/courses/algebra-slug`));
});

Deno.test("sendOrderConfirmation speaks of courses when several were bought", async () => {
  const [line] = openOrder().lines;
  const order = openOrder({ state: "paid", lines: [line!, { ...line!, id: "line-b" }] });
  const shop = memoryShop({ orders: [order] });
  await sendOrderConfirmation({ orders: shop.history, mailer: shop.mailer, frontendUrl }, {
    orderId: order.id,
  });
  assert.equal(shop.mails[0]!.subject, "You now have access to your courses");
});

Deno.test("sendOrderConfirmation sends nothing when the order is gone or refunded meanwhile", async () => {
  const order = openOrder({ state: "refunded" });
  const shop = memoryShop({ orders: [order] });
  for (const orderId of [order.id, "none"]) {
    await sendOrderConfirmation({ orders: shop.history, mailer: shop.mailer, frontendUrl }, { orderId });
  }
  assert.equal(shop.mails.length, 0);
});

Deno.test("setLetter lets no name or title inject markup or header lines", () => {
  const letter = { subject: "Hi\r\nBcc: eve@example.com", paragraphs: [`<img src=x onerror="a">'&`] };
  const mail = setLetter(letter, { to: "ada@example.com", key: "k" });
  assert.equal(mail.subject, "Hi Bcc: eve@example.com");
  assert.ok(mail.html.includes("&lt;img src=x onerror=&quot;a&quot;&gt;&#39;&amp;"));
  assert.ok(!mail.html.includes("<img"));
});

Deno.test("sendNotice sends what its kind asks for", async () => {
  const order = openOrder({ state: "paid" });
  const shop = memoryShop({ orders: [order] });
  const ada = await register(shop, ADA);
  const deps = { ...shop, orders: shop.history, publicUrl, frontendUrl };
  await sendNotice(deps, { kind: "verify_email", userId: ada.id });
  await sendNotice(deps, { kind: "order_confirmation", orderId: order.id });
  assert.deepEqual(shop.mails.map(({ to }) => to), [ada.email, order.studentEmail]);
});
