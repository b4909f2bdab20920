import { noSuch } from "../errors.ts";
import { type CheckingDeps, checkOrders } from "../settlement/check_order.ts";
import type { OrderHistory, OrderStatus } from "./ports.ts";

type Deps = CheckingDeps & { orderHistory: OrderHistory };

/**
 * How an order of the student stands, by its id or by that of its payment page, after the payment provider was asked;
 * when that does not answer soon, as it is known. Throws DomainError `not_found` for an order of somebody else.
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
