import { decimalAmount } from "../../domain/money.ts";
import type { AuditLog } from "../../domain/audit/ports.ts";
import type { AlertStores } from "../../domain/operations/raise_alert.ts";
import { closeReview } from "../../domain/orders/close_review.ts";
import type { PaymentReviews, Purchase, Purchases, Receipts } from "../../domain/orders/ports.ts";
import { readReceiptNumber, writeReceiptNumber } from "../../domain/orders/receipt_number.ts";
import { listOrders, printReceipt, showOrder } from "../../domain/orders/show_orders.ts";
import type { Transaction } from "../../domain/transaction.ts";
import type { Order as WireOrder } from "../../openapi/generated/server/types.gen.ts";
import type { Handlers } from "../http/contract_app.ts";
import { pageOf, rangeOf } from "../http/pages.ts";
import { toDateOrNone } from "../http/moments.ts";

type Deps = {
  purchases: Purchases;
  receipts: Receipts;
  transaction: Transaction<AlertStores & { paymentReviews: PaymentReviews; audit: AuditLog }>;
};

/** Serves orders and receipts. */
export const orderRoutes = (
  deps: Deps,
): Handlers<"listOrders" | "getOrder" | "getReceipt" | "closeReview"> => ({
  async listOrders(request) {
    const { user, state, course, currency, receipt_number, needs_review, since, until } = request.query;
    const { count, purchases } = await listOrders(deps, {
      caller: request.caller,
      filter: {
        student: user ?? null,
        state,
        course,
        currency: currency?.toLowerCase(),
        receiptNumber: receipt_number === undefined ? undefined : readReceiptNumber(receipt_number)!,
        needsReview: needs_review,
        since: toDateOrNone(since),
        until: toDateOrNone(until),
      },
      range: rangeOf(request.query),
    });
    const results = purchases.map((purchase) => toWire(request.origin, purchase));
    return { status: 200, body: pageOf(request, count, results) };
  },

  async getOrder({ caller, params, origin }) {
    return { status: 200, body: toWire(origin, await showOrder(deps, { caller, orderId: params.id })) };
  },

  async getReceipt({ caller, params }) {
    return { status: 200, body: await printReceipt(deps, { caller, orderId: params.id }) };
  },

  async closeReview({ caller, requestId, params, body, origin }) {
    const purchase = await closeReview(deps, { caller, requestId, orderId: params.id, note: body.note });
    return { status: 200, body: toWire(origin, purchase) };
  },
});

function toWire(origin: string, purchase: Purchase): WireOrder {
  const { id, currency, receiptNumber, subtotal, discount, tax } = purchase;
  const price = (amount: bigint) => decimalAmount({ amount, currency });
  return {
    id,
    receipt_number: receiptNumber === null ? null : writeReceiptNumber(receiptNumber),
    student: { id: purchase.studentId, email: purchase.studentEmail },
    state: purchase.state,
    currency,
    subtotal: price(subtotal),
    discount: price(discount),
    promotion_code: purchase.promotionCode,
    tax: price(tax),
    total: price(purchase.total),
    refunded: price(purchase.refunded),
    review: purchase.review && { reason: purchase.review.reason, is_open: purchase.review.isOpen },
    lines: purchase.lines.map((line) => ({
      id: line.id,
      course: { id: line.courseId, slug: line.courseSlug, title: line.title },
      amount: price(line.amount),
      discount: price(line.discount),
      refunded: price(line.refunded),
      access_days: line.accessDays,
    })),
    payments: purchase.payments.map((payment) => ({
      id: payment.id,
      amount: price(payment.amount),
      status: payment.status,
      reason: payment.reason,
      method: payment.method,
      created_at: payment.createdAt.toISOString(),
    })),
    refunds: purchase.refunds.map((refund) => ({
      id: refund.id,
      amount: price(refund.amount),
      status: refund.status,
      reason: refund.reason,
      created_at: refund.createdAt.toISOString(),
    })),
    receipt_url: receiptNumber === null ? null : `${origin}/api/payments/orders/${id}/receipt/`,
    created_at: purchase.createdAt.toISOString(),
    paid_at: purchase.paidAt?.toISOString() ?? null,
  };
}
