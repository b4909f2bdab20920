import assert from "node:assert/strict";
import { ROLE } from "../../../domain/accounts/ports.ts";
import type { AccessReads } from "../../../domain/access/ports.ts";
import type { Invitations } from "../../../domain/authoring/ports.ts";
import { register } from "../../../domain/accounts/register.ts";
import { setLetter } from "../../../domain/notifications/letter.ts";
import type { Notice } from "../../../domain/notifications/ports.ts";
import { sendNotice } from "../../../domain/notifications/send_notice.ts";
import { sendOrderConfirmation } from "../../../domain/notifications/send_order_confirmation.ts";
import type { Refund } from "../../../domain/settlement/ports.ts";
import { memoryShop, NOW, openOrder } from "../../support/memory_shop.ts";

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

Deno.test("sendNotice sends what its kind asks for, and nothing that is stale", async () => {
  const order = openOrder({ state: "paid" });
  const orders = [
    order,
    openOrder({ id: "order-f", state: "failed" }),
    openOrder({ id: "order-p", state: "processing" }),
  ];
  const shop = memoryShop({ orders });
  const ada = await register(shop, ADA);
  const refund = (id: string): Refund => ({
    id,
    orderId: order.id,
    paymentIntentId: "pi_1",
    amount: order.total,
    status: id === "re-failed" ? "failed" : "succeeded",
    origin: "stripe",
    reason: "",
    failureReason: null,
    lines: [],
    createdAt: NOW,
  });
  const deps = {
    ...shop,
    orders: shop.history,
    refunds: { refund: (id: string) => Promise.resolve(id === "none" ? null : refund(id)) },
    invitations: { find: () => Promise.resolve(null) } as unknown as Invitations,
    accessReads: { byId: () => Promise.resolve(null) } as unknown as AccessReads,
    operatorEmail: "operator@example.com",
    publicUrl,
    frontendUrl,
  };
  const notices: Notice[] = [
    { kind: "verify_email", userId: ada.id },
    { kind: "order_confirmation", orderId: order.id },
    { kind: "payment_failed", orderId: "order-f" },
    { kind: "payment_failed", orderId: order.id },
    { kind: "payment_processing", orderId: "order-p" },
    { kind: "payment_processing", orderId: order.id },
    { kind: "refund", refundId: "re" },
    { kind: "refund", refundId: "re-failed" },
    { kind: "refund", refundId: "none" },
    { kind: "access_ended", grantId: "none" },
    { kind: "tutor_invitation", invitationId: "gone" },
    { kind: "operator_alert", key: "k", subject: "Look", text: "Now" },
  ];
  for (const notice of notices) await sendNotice(deps, notice);
  assert.deepEqual(shop.mails.map(({ key }) => key.split(":")[0]), [
    "verification",
    "order_confirmation",
    "payment_failed",
    "payment_processing",
    "refund",
    "operator_alert",
  ]);
});
