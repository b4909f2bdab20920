import type { OrderHistory, Payments } from "./ports.ts";

/** Sees to it that a payment page of an order is paid no more; nothing when the order is gone. */
export async function closePage(
  deps: { orders: OrderHistory; payments: Payments },
  input: { orderId: string; attempt: number; sessionId: string | null },
): Promise<void> {
  const order = await deps.orders.byId(input.orderId);
  if (!order) return;
  const { attempt, sessionId } = input;
  await deps.payments.closePage({
    ...order,
    attempt,
    page: sessionId === null ? null : { sessionId, url: "" },
  });
}
