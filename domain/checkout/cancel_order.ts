import { DomainError, noSuch } from "../errors.ts";
import type { Jobs } from "../jobs.ts";
import type { Transaction } from "../transaction.ts";
import { giveUp } from "./give_up.ts";
import type { Orders } from "./ports.ts";

type Deps = { transaction: Transaction<{ orders: Orders; jobs: Jobs }> };

/**
 * Abandons an unpaid order of the student, and has its page closed. Cancelling again changes nothing. Throws
 * DomainError `not_found` for somebody else's order, `payment_processing` while its payment is being processed, and
 * `already_settled` once it is paid.
 */
export async function cancelOrder(deps: Deps, input: { orderId: string; studentId: string }): Promise<void> {
  await deps.transaction(async (stores) => {
    const order = await stores.orders.lock(input.orderId);
    if (order?.studentId !== input.studentId) throw noSuch("order");
    if (await giveUp(stores, order)) return;
    if (order.state === "failed" || order.state === "expired") return;
    if (order.state === "processing") {
      throw new DomainError(
        "payment_processing",
        "The payment is being processed and can no longer be cancelled.",
      );
    }
    throw new DomainError("already_settled", "This order is paid. Ask for a refund instead.");
  });
}
