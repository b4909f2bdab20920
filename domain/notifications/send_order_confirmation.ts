import type { OrderHistory } from "../checkout/ports.ts";
import { decimalAmount } from "../money.ts";
import { setLetter } from "./letter.ts";
import type { Mailer } from "./ports.ts";

type Deps = { orders: OrderHistory; mailer: Mailer; frontendUrl: string };

/** Mails the student what was bought and where to watch it; nothing when the order is not paid (any more). */
export async function sendOrderConfirmation(deps: Deps, input: { orderId: string }): Promise<void> {
  const order = await deps.orders.byId(input.orderId);
  if (!order || !["paid", "partially_refunded"].includes(order.state)) return;
  const { currency } = order.total;
  const price = (amount: bigint) => `${decimalAmount({ amount, currency })} ${currency.toUpperCase()}`;
  const discount = order.lines.reduce((sum, line) => sum + line.discount, 0n);
  const mail = setLetter({
    subject: order.lines.length === 1
      ? `You now have access to ${order.lines[0]!.title}`
      : "You now have access to your courses",
    paragraphs: [
      "Thank you for your order. You can start watching right away.",
      ...order.lines.map((line) => `${line.title}: ${price(line.amount)}`),
      ...(discount > 0n
        ? [`Discount${order.promotionCode ? ` (${order.promotionCode})` : ""}: −${price(discount)}`]
        : []),
      `Total: ${price(order.total.amount - discount)}. Order ${order.id}.`,
    ],
    link: { label: "Start learning", url: `${deps.frontendUrl}/courses/${order.lines[0]!.courseSlug}` },
  }, { to: order.studentEmail, key: `order_confirmation:${order.id}` });
  await deps.mailer.send(mail);
}
