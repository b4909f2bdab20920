import { type Caller, ROLE } from "../accounts/ports.ts";
import type { OrderHistory, Payment } from "../checkout/ports.ts";
import { noSuch } from "../errors.ts";
import type { Range } from "../range.ts";

type Deps = { orderHistory: OrderHistory };

/** Lists the caller's payments, newest first; for administrators everybody's, or those of a given user. */
export async function listPayments(
  deps: Deps,
  input: { caller: Caller; student: string | null; range: Range },
): Promise<{ count: number; payments: Payment[] }> {
  const { caller, student, range } = input;
  return await deps.orderHistory.payments(caller.role === ROLE.admin ? student : caller.id, range);
}

/** Returns the caller's payment, or any for administrators. Throws DomainError `not_found` for anybody else's. */
export async function showPayment(
  deps: Deps,
  input: { caller: Caller; paymentId: string },
): Promise<Payment> {
  const { caller, paymentId } = input;
  const payment = await deps.orderHistory.payment(paymentId);
  if (!payment || (caller.role !== ROLE.admin && payment.studentId !== caller.id)) {
    throw noSuch("payment");
  }
  return payment;
}
