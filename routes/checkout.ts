import { cancelOrder } from "../domain/checkout/cancel_order.ts";
import type { OrderStatus } from "../domain/checkout/ports.ts";
import { type PurchaseRequest, quotePurchase } from "../domain/checkout/quote_purchase.ts";
import { showOrderStatus } from "../domain/checkout/show_order_status.ts";
import { startCheckout } from "../domain/checkout/start_checkout.ts";
import { decimalAmount } from "../domain/money.ts";
import { countGuesses } from "../domain/promotions/count_guesses.ts";
import type { Purchase as WirePurchase } from "../openapi/generated/server/types.gen.ts";
import { toVisit } from "./wire/visits.ts";
import type { Handlers } from "./http/contract_app.ts";
import type { RequestLog } from "./http/transport.ts";
import type { Needs } from "../domain/needs.ts";

type Deps =
  & Needs<
    | typeof cancelOrder
    | typeof countGuesses
    | typeof quotePurchase
    | typeof showOrderStatus
    | typeof startCheckout
  >
  & { frontendUrl: string; log: RequestLog };

/** Serves checkout, and an order's status until it is paid. */
export const checkoutRoutes = (
  deps: Deps,
): Handlers<"createPayment" | "quotePurchase" | "getOrderStatus" | "cancelOrder"> => ({
  async createPayment({ caller, body, ipAddress, requestId }) {
    const request = { ...toPurchaseRequest(caller.id, body), visit: toVisit(body.analytics) };
    const checkout = await countGuesses(deps, { ...request, ipAddress }, () => startCheckout(deps, request));
    const { order, page } = checkout;
    if (page === null) {
      deps.log.error("no payment page for a free order", { requestId, error: String(checkout.failure) });
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
    const request = toPurchaseRequest(caller.id, body);
    const quote = await countGuesses(deps, { ...request, ipAddress }, () => quotePurchase(deps, request), {
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

  async getOrderStatus({ params, caller }) {
    const order = await showOrderStatus(deps, { id: params.id, studentId: caller.id });
    return { status: 200, body: toStatus(order) };
  },

  async cancelOrder({ params, caller }) {
    await cancelOrder(deps, { orderId: params.id, studentId: caller.id });
    return { status: 200, body: toStatus((await deps.orderHistory.status(params.id))!) };
  },
});

function toPurchaseRequest(studentId: string, body: WirePurchase): PurchaseRequest {
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

function toStatus({ id, state, status, reason, declineCode, page }: OrderStatus) {
  const isOpen = state === "open";
  return {
    order_id: id,
    state,
    status,
    reason,
    decline_code: declineCode,
    checkout_session_id: page?.checkoutSessionId ?? null,
    checkout_url: isOpen ? page?.url ?? null : null,
  };
}
