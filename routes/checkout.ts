import type { Offers, OrderHistory, Orders, Payment, Payments } from "../domain/checkout/ports.ts";
import { type PurchaseRequest, quotePurchase } from "../domain/checkout/quote_purchase.ts";
import { startCheckout } from "../domain/checkout/start_checkout.ts";
import type { Clock } from "../domain/clock.ts";
import { decimalAmount } from "../domain/money.ts";
import { listPayments, showPayment } from "../domain/orders/show_payments.ts";
import type { Limits } from "../domain/limits/ports.ts";
import { countGuesses } from "../domain/promotions/count_guesses.ts";
import type { Promotions } from "../domain/promotions/ports.ts";
import { EVENT_OUTCOME, type PaymentEvents } from "../domain/events/ports.ts";
import type { ProviderBooks } from "../domain/settlement/ports.ts";
import { type EventStores, receiveEvent } from "../domain/events/receive_event.ts";
import type { SettlementPolicy } from "../domain/settlement/settle.ts";
import type { Transaction } from "../domain/transaction.ts";
import type { Purchase as WirePurchase } from "../openapi/generated/server/types.gen.ts";
import type { ContractRequest, Handlers } from "./http/contract_app.ts";
import { pageOf, rangeOf } from "./http/pages.ts";
import type { RequestLog } from "./http/transport.ts";

type Stores = EventStores & { orders: Orders; offers: Offers; promotions: Promotions };
type Deps = {
  transaction: Transaction<Stores>;
  orderHistory: OrderHistory;
  payments: Payments;
  paymentEvents: PaymentEvents;
  providerBooks: ProviderBooks;
  settlementPolicy: SettlementPolicy;
  limits: Limits;
  clock: Clock;
  shopCurrency: string;
  frontendUrl: string;
  log: RequestLog;
};

/** Buying courses, and what Stripe reports. */
export const checkoutRoutes = (
  deps: Deps,
): Handlers<
  "listPayments" | "getPayment" | "createPayment" | "quotePurchase" | "stripeWebhook" | "stripeWebhookRoot"
> => ({
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

  async createPayment({ caller, body, ipAddress, requestId }) {
    const wish = wishOf(caller.id, body);
    const checkout = await countGuesses(deps, { ...wish, ipAddress }, () => startCheckout(deps, wish));
    const { order, page } = checkout;
    if (page === null) {
      deps.log.error("no page for what costs nothing", { requestId, error: String(checkout.failure) });
    }
    const slug = order.lines[0]!.courseSlug;
    const { amount, currency } = order.subtotal;
    const discount = order.lines.reduce((sum, line) => sum + line.discount, 0n);
    return {
      status: 200,
      body: {
        checkout_session_id: page?.checkoutSessionId ?? null,
        checkout_url: page?.url ?? `${deps.frontendUrl}/dashboard/payment-success?course-slug=${slug}`,
        order_id: order.id,
        status: order.state === "paid" ? 2 : 1,
        ...amountsOf(currency, amount, discount),
        promotion_code: order.promotionCode,
      },
    };
  },

  async quotePurchase({ caller, body, ipAddress }) {
    const wish = wishOf(caller.id, body);
    const quote = await countGuesses(deps, { ...wish, ipAddress }, () => quotePurchase(deps, wish), {
      isHarmless: true,
    });
    const { currency } = quote;
    return {
      status: 200,
      body: {
        ...amountsOf(currency, quote.subtotal, quote.discount),
        promotion_code: quote.promotion?.code ?? null,
        lines: quote.lines.map(({ courseId, courseSlug, title, amount, discount }) => ({
          course: { id: courseId, slug: courseSlug, title },
          amount: decimalAmount({ amount, currency }),
          discount: decimalAmount({ amount: discount, currency }),
        })),
      },
    };
  },

  stripeWebhook: (request) => receive(deps, "main", request),
  stripeWebhookRoot: (request) => receive(deps, "root", request),
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

function wishOf(studentId: string, body: WirePurchase): PurchaseRequest {
  return {
    studentId,
    courseIds: body.course_ids ?? (body.course_id === undefined ? [] : [body.course_id]),
    currency: body.currency ?? null,
    promotionCode: body.promotion_code || null,
  };
}

function amountsOf(currency: string, subtotal: bigint, discount: bigint) {
  const price = (amount: bigint) => decimalAmount({ amount, currency });
  return {
    currency,
    subtotal: price(subtotal),
    discount: price(discount),
    total: price(subtotal - discount),
  };
}

async function receive(
  deps: Deps,
  endpoint: string,
  { rawBody, header }: Pick<ContractRequest<"stripeWebhook">, "rawBody" | "header">,
) {
  const event = await deps.paymentEvents.verify(rawBody, header("stripe-signature"));
  const { result, why } = await receiveEvent(deps, { endpoint, event });
  const outcome = result === "duplicate" ? result : EVENT_OUTCOME[result];
  deps.log[result === "dead" ? "error" : result === "flagged" ? "warn" : "info"]("payment event", {
    eventId: event.id,
    type: event.type,
    outcome,
    why,
  });
  return { status: 200 as const, body: { outcome } };
}
