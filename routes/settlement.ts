import { requireAdministrator } from "../domain/accounts/require_administrator.ts";
import { type Caller, ROLE } from "../domain/accounts/ports.ts";
import { cancelOrder } from "../domain/checkout/cancel_order.ts";
import type { OrderHistory, Orders, OrderStatus } from "../domain/checkout/ports.ts";
import { showOrderStatus } from "../domain/checkout/show_order_status.ts";
import { DomainError } from "../domain/errors.ts";
import { decimalAmount } from "../domain/money.ts";
import type { CheckingDeps } from "../domain/settlement/check_order.ts";
import {
  EVENT_OUTCOME,
  type EventRecord,
  type PaymentEvents,
  type ReceivedEvents,
} from "../domain/events/ports.ts";
import type { ProviderBooks, Refund, RefundHistory } from "../domain/settlement/ports.ts";
import type { EventStores } from "../domain/events/receive_event.ts";
import { refundOrder, type RefundStores } from "../domain/settlement/refund_order.ts";
import { replayEvent } from "../domain/events/replay_event.ts";
import type { Transaction } from "../domain/transaction.ts";
import type { Handlers } from "./http/contract_app.ts";
import { keyedRequest } from "./http/keyed.ts";
import { pageOf, rangeOf } from "./http/pages.ts";

type Deps = Omit<CheckingDeps, "transaction"> & {
  transaction: Transaction<EventStores & RefundStores & { orders: Orders }>;
  orderHistory: OrderHistory;
  refundHistory: RefundHistory;
  providerBooks: ProviderBooks;
  paymentEvents: PaymentEvents;
  receivedEvents: ReceivedEvents;
};

/** How orders stand, refunds, and the desk of received events. */
export const settlementRoutes = (
  deps: Deps,
): Handlers<
  | "getOrderStatus"
  | "cancelOrder"
  | "listRefunds"
  | "createRefund"
  | "listPaymentEvents"
  | "getPaymentEvent"
  | "replayPaymentEvent"
> => ({
  async getOrderStatus({ params, caller }) {
    const order = await showOrderStatus(deps, { id: params.id, studentId: caller.id });
    return { status: 200, body: toStatus(order) };
  },

  async cancelOrder({ params, caller }) {
    await cancelOrder(deps, { orderId: params.id, studentId: caller.id });
    return { status: 200, body: toStatus((await deps.orderHistory.status(params.id))!) };
  },

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
      reason: body.reason,
      keyed: keyedRequest("createRefund", request),
      requestId,
    });
    return { status: 201, body: toRefund(refund) };
  },

  async listPaymentEvents(request) {
    requireAdministrator(request.caller);
    const { outcome, type, event_id: eventId } = request.query;
    const { count, events } = await deps.receivedEvents.list(
      { outcome, type, eventId },
      rangeOf(request.query),
    );
    return { status: 200, body: pageOf(request, count, events.map(toHeading)) };
  },

  async getPaymentEvent({ params, caller }) {
    requireAdministrator(caller);
    const event = await deps.receivedEvents.find(params.id);
    if (!event) throw new DomainError("not_found", "There is no such event.");
    return { status: 200, body: toEvent(event) };
  },

  async replayPaymentEvent({ params, caller, requestId }) {
    return { status: 200, body: toEvent(await replayEvent(deps, { id: params.id, caller, requestId })) };
  },
});

async function requireOwnOrder(deps: Deps, orderId: string, caller: Caller): Promise<void> {
  const order = await deps.orderHistory.byId(orderId);
  if (!order || (order.studentId !== caller.id && caller.role !== ROLE.admin)) {
    throw new DomainError("not_found", "There is no such order.");
  }
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

/** A refund as the wire has it. */
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

function toHeading(event: Omit<EventRecord, "payload">) {
  return {
    id: event.id,
    endpoint: event.endpoint,
    event_id: event.eventId,
    type: event.type,
    outcome: EVENT_OUTCOME[event.result],
    result: event.result,
    reason: event.reason,
    attempts: event.attempts,
    received_at: event.receivedAt.toISOString(),
    updated_at: event.updatedAt.toISOString(),
  };
}

function toEvent(event: EventRecord) {
  return { ...toHeading(event), payload: event.payload as Record<string, unknown> };
}
