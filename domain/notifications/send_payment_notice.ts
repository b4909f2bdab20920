import type { OrderHistory } from "../checkout/ports.ts";
import { decimalAmount, type Money } from "../money.ts";
import type { RefundHistory } from "../settlement/ports.ts";
import { type Letter, setLetter } from "./letter.ts";
import type { Mailer, Notice } from "./ports.ts";

export type PaymentNotice = Extract<
  Notice,
  { kind: "payment_processing" | "payment_failed" | "refund" }
>;
type Deps = {
  orders: OrderHistory;
  refunds: Pick<RefundHistory, "refund">;
  mailer: Mailer;
  frontendUrl: string;
};

/** Tells the student how a payment goes on; nothing when the news is stale. */
export async function sendPaymentNotice(deps: Deps, notice: PaymentNotice): Promise<void> {
  const found = await letterFor(deps, notice);
  if (!found) return;
  await deps.mailer.send(setLetter(found.letter, { to: found.to, key: found.key }));
}

async function letterFor(
  deps: Deps,
  notice: PaymentNotice,
): Promise<{ to: string; key: string; letter: Letter } | null> {
  switch (notice.kind) {
    case "payment_processing":
    case "payment_failed": {
      const order = await deps.orders.byId(notice.orderId);
      const expected = notice.kind === "payment_failed" ? "failed" : "processing";
      if (order?.state !== expected) return null;
      const titles = order.lines.map(({ title }) => title).join(", ");
      const letter = notice.kind === "payment_failed"
        ? {
          subject: "Your payment did not go through",
          paragraphs: [
            `The payment for ${titles} failed, and nothing was charged. You can buy again at any time.`,
          ],
          link: { label: "Try again", url: `${deps.frontendUrl}/courses/${order.lines[0]!.courseSlug}` },
        }
        : {
          subject: "Your payment is on its way",
          paragraphs: [
            `Your bank is processing the payment for ${titles}. You get access as soon as it arrives.`,
          ],
        };
      return { to: order.studentEmail, key: `${notice.kind}:${order.id}`, letter };
    }
    case "refund": {
      const refund = await deps.refunds.refund(notice.refundId);
      const order = refund?.orderId ? await deps.orders.byId(refund.orderId) : null;
      if (!refund || !order || refund.status === "failed" || refund.status === "canceled") return null;
      return {
        to: order.studentEmail,
        key: `refund:${refund.id}`,
        letter: {
          subject: "Your refund is on its way",
          paragraphs: [
            `We have refunded ${price(refund.amount)} of order ${order.id}. ` +
            "It arrives on the account that you paid with, within ten days as a rule.",
          ],
        },
      };
    }
  }
}

const price = (money: Money) => `${decimalAmount(money)} ${money.currency.toUpperCase()}`;
