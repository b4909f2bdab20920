import assert from "node:assert/strict";
import type { Purchase } from "../../../domain/orders/ports.ts";
import { receiptContent } from "../../../domain/orders/receipt_content.ts";

const PAID_AT = new Date("2026-03-01T12:00:00Z");

function bought(changes: Partial<Purchase> = {}): Purchase {
  const line = { courseSlug: "", discount: 0n, refunded: 0n, accessDays: null };
  return {
    id: "7f2c0f5e",
    receiptNumber: 42n,
    studentId: "ada",
    studentEmail: "ada@example.com",
    studentName: "Ada Lovelace",
    state: "paid",
    currency: "usd",
    subtotal: 5000n,
    discount: 0n,
    promotionCode: null,
    tax: 0n,
    total: 5000n,
    refunded: 0n,
    review: null,
    lines: [
      { ...line, id: "a", courseId: "algebra", title: "Algebra", amount: 3000n },
      { ...line, id: "b", courseId: "optics", title: "Optics", amount: 2000n },
    ],
    payments: [],
    refunds: [],
    createdAt: PAID_AT,
    paidAt: PAID_AT,
    ...changes,
  };
}

/** The rows of a receipt in the order in which they are printed. */
function rows(purchase: Purchase): string[] {
  const { lines, adjustments, total, refunds } = receiptContent(purchase)!;
  return [...lines, ...adjustments, total, ...(refunds ? [refunds.refunded, refunds.remaining] : [])]
    .map(({ label, amount }) => `${label.trim()}: ${amount}`);
}

Deno.test("a receipt names its number, its date, the order and the payer", () => {
  const { number, paidAt, orderId, payer } = receiptContent(bought())!;
  assert.deepEqual([number, paidAt, orderId, payer], [
    "R-000042",
    PAID_AT,
    "7f2c0f5e",
    "Ada Lovelace, ada@example.com",
  ]);
  assert.equal(receiptContent(bought({ studentName: "" }))!.payer, "ada@example.com");
});

Deno.test("there is no receipt before the order is paid", () => {
  assert.equal(receiptContent(bought({ receiptNumber: null, paidAt: null })), null);
});

Deno.test("a receipt without discount and tax lists the courses and the total", () => {
  assert.deepEqual(rows(bought()), ["Algebra: 30.00 USD", "Optics: 20.00 USD", "Total: 50.00 USD"]);
});

Deno.test("a receipt shows the discount of each course and the code, tax, and what was refunded since", () => {
  const [algebra, optics] = bought().lines;
  const purchase = bought({
    currency: "kwd",
    lines: [{ ...algebra!, discount: 1000n }, optics!],
    discount: 1000n,
    promotionCode: "SPRING",
    tax: 400n,
    total: 4400n,
    refunded: 2200n,
  });
  assert.deepEqual(rows(purchase), [
    "Algebra: 3.000 KWD",
    "Discount: −1.000 KWD",
    "Optics: 2.000 KWD",
    "Subtotal: 5.000 KWD",
    "Discount (SPRING): −1.000 KWD",
    "Tax: 0.400 KWD",
    "Total: 4.400 KWD",
    "Refunded: −2.200 KWD",
    "Paid after refunds: 2.200 KWD",
  ]);
});

Deno.test("a discount without a code is named without one", () => {
  const purchase = bought({ discount: 500n, total: 4500n });
  assert.ok(rows(purchase).includes("Discount: −5.00 USD"));
});
