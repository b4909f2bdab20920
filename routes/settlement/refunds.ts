import { type Caller, ROLE } from "../../domain/accounts/ports.ts";
import { requireAdministrator } from "../../domain/accounts/require_administrator.ts";
import type { OrderHistory } from "../../domain/checkout/ports.ts";
import { noSuch } from "../../domain/errors.ts";
import { decimalAmount } from "../../domain/money.ts";
import type { Refund, RefundHistory } from "../../domain/settlement/ports.ts";
import { refundOrder } from "../../domain/settlement/refund_order.ts";
import type { Handlers } from "../http/contract_app.ts";
import { keyedRequest } from "../http/keyed.ts";
import { pageOf, rangeOf } from "../http/pages.ts";
import type { Needs } from "../../domain/needs.ts";

type Deps = Needs<typeof refundOrder> & { orderHistory: OrderHistory; refundHistory: RefundHistory };

/** Serves refunds. */
export const refundRoutes = (deps: Deps): Handlers<"listRefunds" | "createRefund"> => ({
  async listRefunds(request) {
    const { params, caller, query } = request;
    await requireOwnOrder(deps, params.id, caller);
    const { count, refunds } = await deps.refundHistory.ofOrder(params.id, rangeOf(query));
    return { status: 200, body: pageOf(request, count, refunds.map(toRefund)) };
  },

  async createRefund(request) {
    const { params, body, caller, requestId } = request;
    requireAdministrator(caller);
    const refund = await refundOrder(deps, {
      orderId: params.id,
      lineIds: body.line_ids ?? [],
      origin: "administrator",
      requestedBy: caller.id,
      keyId: caller.keyId ?? null,
      reason: body.reason,
      keyed: keyedRequest("createRefund", request),
      requestId,
    });
    return { status: 201, body: toRefund(refund) };
  },
});

async function requireOwnOrder(deps: Deps, orderId: string, caller: Caller): Promise<void> {
  const order = await deps.orderHistory.byId(orderId);
  if (!order || (order.studentId !== caller.id && caller.role !== ROLE.admin)) {
    throw noSuch("order");
  }
}

/** Converts a refund to the wire's shape. */
export function toRefund(refund: Refund) {
  const { currency } = refund.amount;
  return {
    id: refund.id,
    order_id: refund.orderId,
    amount: decimalAmount(refund.amount),
    currency,
    status: refund.status,
    origin: refund.origin,
    reason: refund.reason,
    failure_reason: refund.failureReason,
    lines: refund.lines.map(({ lineId, amount }) => ({
      line_id: lineId,
      amount: decimalAmount({ amount, currency }),
    })),
    created_at: refund.createdAt.toISOString(),
  };
}
