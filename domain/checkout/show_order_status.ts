import { noSuch } from "../errors.ts";
import { type CheckingDeps, checkOrders } from "../settlement/check_order.ts";
import type { OrderHistory, OrderStatus } from "./ports.ts";

type Deps = CheckingDeps & { orderHistory: OrderHistory };

/**
 * Returns the status of the student's order, by its id or that of its payment page, after asking the payment provider.
 * If the provider does not respond soon, returns the last known status. Throws DomainError `not_found` for somebody
 * else's order.
 */
export async function showOrderStatus(
  deps: Deps,
  input: { id: string; studentId: string },
): Promise<OrderStatus> {
  const order = await find(deps, input);
  if (!(await checkOrders(deps, { orderId: order.id }))) return order;
  return await find(deps, input);
}

async function find(deps: Deps, { id, studentId }: { id: string; studentId: string }): Promise<OrderStatus> {
  const order = await deps.orderHistory.status(id);
  if (order?.studentId !== studentId) throw noSuch("order");
  return order;
}
