import { type Caller, ROLE } from "../accounts/ports.ts";
import { DomainError, noSuch } from "../errors.ts";
import type { Purchase, PurchaseFilter, Purchases, Receipts } from "./ports.ts";
import { receiptContent } from "./receipt_content.ts";
import type { Range } from "../range.ts";

type Deps = { purchases: Purchases };

/** Lists the caller's orders, newest first; for administrators everybody's, or those of a given user. */
export async function listOrders(
  deps: Deps,
  input: { caller: Caller; filter: PurchaseFilter; range: Range },
): Promise<{ count: number; purchases: Purchase[] }> {
  const { caller, filter, range } = input;
  if (caller.role === ROLE.admin) return await deps.purchases.list(filter, range);
  const { count, purchases } = await deps.purchases.list(
    { ...filter, student: caller.id, needsReview: false },
    range,
  );
  return { count, purchases: purchases.map(forStudent) };
}

/** Returns the caller's order, or any for administrators. Throws DomainError `not_found` for anybody else's. */
export async function showOrder(deps: Deps, input: { caller: Caller; orderId: string }): Promise<Purchase> {
  const { caller, orderId } = input;
  const purchase = await deps.purchases.byId(orderId);
  if (purchase && caller.role === ROLE.admin) return purchase;
  if (purchase?.studentId === caller.id) return forStudent(purchase);
  throw noSuch("order");
}

/** Hides the review of a payment from students. */
const forStudent = (purchase: Purchase): Purchase => ({ ...purchase, review: null });

/** Prints the receipt of an order as a PDF. Throws DomainError `not_found` also for an unpaid order. */
export async function printReceipt(
  deps: Deps & { receipts: Receipts },
  input: { caller: Caller; orderId: string },
): Promise<Uint8Array> {
  const content = receiptContent(await showOrder(deps, input));
  if (!content) throw new DomainError("not_found", "There is no receipt yet: the order is not paid.");
  return await deps.receipts.print(content, input.caller);
}
