import type { AuditLog } from "../domain/audit/ports.ts";
import type { Clock } from "../domain/clock.ts";
import { decimalAmount } from "../domain/money.ts";
import type { RefundableOrders } from "../domain/orders/ports.ts";
import { refundOneself, showSelfRefund } from "../domain/orders/refund_oneself.ts";
import type { RefundPolicy } from "../domain/orders/refund_policy.ts";
import type { SettlementStores } from "../domain/settlement/settle.ts";
import type { Transaction } from "../domain/transaction.ts";
import type { Handlers } from "./http/contract_app.ts";
import { toRefund } from "./settlement.ts";

type Deps = {
  refundableOrders: RefundableOrders;
  refundPolicy: RefundPolicy;
  clock: Clock;
  transaction: Transaction<SettlementStores & { audit: AuditLog }>;
};

/** Taking a purchase back without asking anybody. */
export const selfRefundRoutes = (deps: Deps): Handlers<"getSelfRefund" | "refundOneself"> => ({
  async getSelfRefund({ params, caller }) {
    const { order, lines } = await showSelfRefund(deps, { caller, orderId: params.id });
    const { days, watchedPercent } = deps.refundPolicy;
    return {
      status: 200,
      body: {
        allowed: lines.every(({ isAllowed }) => isAllowed),
        policy: { days, watched_percent: watchedPercent },
        currency: order.currency,
        lines: lines.map((verdict) => ({
          line_id: verdict.line.id,
          title: verdict.line.title,
          amount: decimalAmount({ amount: verdict.line.left, currency: order.currency }),
          watched_percent: verdict.watchedPercent,
          allowed: verdict.isAllowed,
          why: verdict.why,
        })),
      },
    };
  },

  async refundOneself({ params, body, caller, header, requestId }) {
    const refund = await refundOneself(deps, {
      caller,
      orderId: params.id,
      lineIds: body.line_ids ?? [],
      reason: body.reason ?? "",
      requestKey: header("idempotency-key"),
      requestId,
    });
    return { status: 201, body: toRefund(refund) };
  },
});
