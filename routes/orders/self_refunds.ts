import type { Clock } from "../../domain/clock.ts";
import { decimalAmount } from "../../domain/money.ts";
import type { RefundableOrders } from "../../domain/orders/ports.ts";
import { refundOneself, showSelfRefund } from "../../domain/orders/refund_oneself.ts";
import type { RefundPolicy } from "../../domain/orders/refund_policy.ts";
import type { RefundStores } from "../../domain/settlement/refund_order.ts";
import type { Transaction } from "../../domain/transaction.ts";
import type { Handlers } from "../http/contract_app.ts";
import { keyedRequest } from "../http/keyed.ts";
import { toRefund } from "../settlement/refunds.ts";

type Deps = {
  refundableOrders: RefundableOrders;
  refundPolicy: RefundPolicy;
  clock: Clock;
  transaction: Transaction<RefundStores & { refundableOrders: RefundableOrders }>;
};

/** Serves refunds that students make themselves. */
export const selfRefundRoutes = (deps: Deps): Handlers<"getSelfRefund" | "refundOneself"> => ({
  async getSelfRefund({ params, caller }) {
    const { order: { order }, lines, isAllowed } = await showSelfRefund(deps, { caller, orderId: params.id });
    const { currency } = order.subtotal;
    const { days, watchedPercent } = deps.refundPolicy;
    return {
      status: 200,
      body: {
        allowed: isAllowed,
        policy: { days, watched_percent: watchedPercent },
        currency,
        lines: lines.map((verdict) => ({
          line_id: verdict.id,
          title: verdict.title,
          amount: decimalAmount({ amount: verdict.left, currency }),
          watched_percent: verdict.watchedPercent,
          allowed: verdict.isAllowed,
          why: verdict.why,
        })),
      },
    };
  },

  async refundOneself(request) {
    const { params, body, caller, requestId } = request;
    const refund = await refundOneself(deps, {
      caller,
      orderId: params.id,
      lineIds: body.line_ids ?? [],
      reason: body.reason ?? "",
      keyed: keyedRequest("refundOneself", request),
      requestId,
    });
    return { status: 201, body: toRefund(refund) };
  },
});
