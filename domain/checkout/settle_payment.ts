import type { Jobs } from "../jobs.ts";
import { judge, type Verdict } from "./judge.ts";
import type { Grants, Orders, PaymentEvidence } from "./ports.ts";

export type SettlementStores = { orders: Orders; grants: Grants; jobs: Jobs };

/**
 * Turns verified evidence of payment into access, once, however often and in whatever order it is reported. To be
 * called in a transaction; everything that follows from the verdict is part of it.
 */
export async function settlePayment(stores: SettlementStores, evidence: PaymentEvidence): Promise<Verdict> {
  const order = await stores.orders.lock(evidence.orderId);
  if (!order) return { kind: "ignore", why: `there is no order ${evidence.orderId}` };
  const verdict = judge(order, evidence);
  if (verdict.kind === "flag") await stores.orders.flag(order.id, verdict.why);
  if (verdict.kind === "settle") {
    await stores.orders.settle(order.id, verdict.settlement);
    if (verdict.settlement.state === "paid") {
      await stores.grants.addForOrder(order);
      await stores.jobs.add({
        kind: "send_notice",
        notice: { kind: "order_confirmation", orderId: order.id },
      });
    }
  }
  return verdict;
}
