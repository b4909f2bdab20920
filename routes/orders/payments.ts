import type { OrderHistory, Payment } from "../../domain/checkout/ports.ts";
import { decimalAmount } from "../../domain/money.ts";
import { listPayments, showPayment } from "../../domain/orders/show_payments.ts";
import type { Handlers } from "../http/contract_app.ts";
import { pageOf, rangeOf } from "../http/pages.ts";

/** Serves payments in the shape of the old API. */
export const paymentRoutes = (
  deps: { orderHistory: OrderHistory },
): Handlers<"listPayments" | "getPayment"> => ({
  async listPayments(request) {
    const { count, payments } = await listPayments(deps, {
      caller: request.caller,
      student: request.query.user ?? null,
      range: rangeOf(request.query),
    });
    return { status: 200, body: pageOf(request, count, payments.map(toPayment)) };
  },

  async getPayment({ caller, params }) {
    return { status: 200, body: toPayment(await showPayment(deps, { caller, paymentId: params.id })) };
  },
});

function toPayment(payment: Payment) {
  return {
    id: payment.id,
    order_id: payment.orderId,
    user: payment.studentId,
    amount: decimalAmount(payment.total),
    currency: payment.total.currency,
    status: payment.status,
    reason: payment.reason,
    created_at: payment.createdAt.toISOString(),
  };
}
