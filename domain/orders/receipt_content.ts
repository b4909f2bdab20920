import { decimalAmount } from "../money.ts";
import type { Purchase, ReceiptContent, ReceiptRow } from "./ports.ts";
import { writeReceiptNumber } from "./receipt_number.ts";

/** Returns what the receipt of a purchase says; null before it is paid. The rows always add up to what was charged. */
export function receiptContent(purchase: Purchase): ReceiptContent | null {
  const { receiptNumber, paidAt, currency, subtotal, discount, promotionCode, total, refunded } = purchase;
  if (receiptNumber === null || paidAt === null) return null;
  const row = (label: string, amount: bigint): ReceiptRow => ({
    label,
    amount: `${amount < 0n ? "−" : ""}${
      decimalAmount({ amount: amount < 0n ? -amount : amount, currency })
    } ${currency.toUpperCase()}`,
  });
  const tax = total - (subtotal - discount);
  return {
    number: writeReceiptNumber(receiptNumber),
    paidAt,
    orderId: purchase.id,
    payer: [purchase.studentName, purchase.studentEmail].filter(Boolean).join(", "),
    lines: purchase.lines.flatMap((line) => [
      row(line.title, line.amount),
      ...(line.discount > 0n ? [row("   Discount", -line.discount)] : []),
    ]),
    adjustments: [
      ...(discount > 0n || tax > 0n ? [row("Subtotal", subtotal)] : []),
      ...(discount > 0n ? [row(promotionCode ? `Discount (${promotionCode})` : "Discount", -discount)] : []),
      ...(tax > 0n ? [row("Tax", tax)] : []),
    ],
    total: row("Total", total),
    refunds: refunded > 0n
      ? { refunded: row("Refunded", -refunded), remaining: row("Paid after refunds", total - refunded) }
      : null,
  };
}
