import type { Offers, OrderHistory, Orders, Payments } from "../domain/checkout/ports.ts";
import { startCheckout } from "../domain/checkout/start_checkout.ts";
import type { Clock } from "../domain/clock.ts";
import { decimalAmount } from "../domain/money.ts";
import type { Jobs } from "../domain/jobs.ts";
import type { Books, Inbox, PaymentEvents, ProviderBooks } from "../domain/settlement/ports.ts";
import { receiveEvent } from "../domain/settlement/receive_event.ts";
import type { SettlementPolicy } from "../domain/settlement/settle.ts";
import type { Transaction } from "../domain/transaction.ts";
import type { ContractRequest, Handlers } from "./contract_app.ts";
import { pageOf, rangeOf } from "./pages.ts";
import type { RequestLog } from "./transport.ts";

type Stores = { orders: Orders; offers: Offers; books: Books; inbox: Inbox; jobs: Jobs };
type Deps = {
  transaction: Transaction<Stores>;
  orderHistory: OrderHistory;
  payments: Payments;
  paymentEvents: PaymentEvents;
  providerBooks: ProviderBooks;
  policy: SettlementPolicy;
  clock: Clock;
  frontendUrl: string;
  log: RequestLog;
};

/** Buying courses, and what Stripe reports. */
export const checkoutRoutes = (
  deps: Deps,
): Handlers<"listPayments" | "createPayment" | "stripeWebhook" | "stripeWebhookRoot"> => ({
  async listPayments(request) {
    const { count, payments } = await deps.orderHistory.payments(request.caller.id, rangeOf(request.query));
    const results = payments.map((payment) => ({
      id: payment.id,
      order_id: payment.orderId,
      amount: decimalAmount(payment.total),
      currency: payment.total.currency,
      status: payment.status,
      reason: payment.reason,
      created_at: payment.createdAt.toISOString(),
    }));
    return { status: 200, body: pageOf(request, count, results) };
  },

  async createPayment({ caller, body }) {
    const courseIds = body.course_ids ?? (body.course_id === undefined ? [] : [body.course_id]);
    const { order, page } = await startCheckout(deps, { studentId: caller.id, courseIds });
    const slug = order.lines[0]!.courseSlug;
    return {
      status: 200,
      body: {
        checkout_session_id: page?.sessionId ?? null,
        checkout_url: page?.url ?? `${deps.frontendUrl}/dashboard/payment-success?course-slug=${slug}`,
        order_id: order.id,
        status: page ? 1 : 2,
      },
    };
  },

  stripeWebhook: (request) => receive(deps, "main", request),
  stripeWebhookRoot: (request) => receive(deps, "root", request),
});

async function receive(
  deps: Deps,
  endpoint: string,
  { rawBody, header }: Pick<ContractRequest<"stripeWebhook">, "rawBody" | "header">,
) {
  const event = await deps.paymentEvents.verify(rawBody, header("stripe-signature"));
  const { outcome, why } = await receiveEvent(deps, { endpoint, event });
  deps.log[outcome === "dead" ? "error" : outcome === "flag" ? "warn" : "info"]("payment event", {
    eventId: event.id,
    type: event.type,
    outcome,
    why,
  });
  return { status: 200 as const, body: { outcome } };
}
