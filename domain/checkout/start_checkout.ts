import type { Clock } from "../clock.ts";
import { DomainError } from "../errors.ts";
import type { Jobs } from "../jobs.ts";
import type { Transaction } from "../transaction.ts";
import type { Books } from "../settlement/ports.ts";
import { bringInto, type SettlementPolicy } from "../settlement/settle.ts";
import { giveUp } from "./give_up.ts";
import type { Offer, Offers, Order, OrderDraft, Orders, PaymentPage, Payments } from "./ports.ts";

/** How long a payment page can be paid on. Stripe allows 30 minutes to 24 hours from the moment it is opened. */
export const PAGE_SECONDS = 2 * 3600;
/** A page that was never opened must have this much left, or Stripe refuses its end as too soon. */
const SHORTEST_PAGE_SECONDS = 31 * 60;

type Stores = { orders: Orders; offers: Offers; books: Books; jobs: Jobs };
type Deps = {
  transaction: Transaction<Stores>;
  payments: Payments;
  policy: SettlementPolicy;
  clock: Clock;
};

/** An order that waits on its payment page, or one that cost nothing and is settled. */
export type Checkout = { order: Order; page: PaymentPage | null };

/**
 * Opens a payment page for published courses that the student does not own yet; the open page comes back when there is
 * one for exactly these courses at these prices. Courses that cost nothing are given at once, without a page.
 */
export async function startCheckout(
  deps: Deps,
  input: { studentId: string; courseIds: string[] },
): Promise<Checkout> {
  const courseIds = [...new Set(input.courseIds)];
  const now = deps.clock();
  const { order, settled } = await deps.transaction(async (stores) => {
    const open = await stores.orders.lockOpen(input.studentId, courseIds);
    // After the lock: an order settled a moment ago must count as owned.
    const offers = await stores.offers.forStudent(input.studentId, courseIds);
    refuseUnbuyable(offers, courseIds);
    if (open.some((order) => order.state === "processing")) {
      throw new DomainError(
        "payment_processing",
        "A payment for this course is being processed. You get access as soon as it arrives.",
      );
    }
    const draft = quote(input.studentId, courseIds, offers, new Date(now.getTime() + PAGE_SECONDS * 1000));
    const same = open.find((order) => isSamePurchase(order, draft));
    // Another choice of courses, or a new price: the old order gives way.
    for (const order of open.filter((order) => order !== same)) await giveUp(stores, order);
    if (draft.total.amount === 0n) {
      const order = same ?? await create(stores.orders, draft);
      await bringInto(stores, deps.policy, order);
      return { order: { ...order, state: "paid" as const }, settled: true };
    }
    if (!same) return { order: await create(stores.orders, draft), settled: false };
    const order = isPageOver(same, now) ? await stores.orders.renew(same.id, draft.pageExpiresAt) : same;
    return { order, settled: false };
  });
  if (settled) return { order, page: null };
  if (order.page) return { order, page: order.page };
  const page = await deps.payments.openPage(order); // no transaction is held while the provider answers
  await deps.transaction(({ orders }) => orders.savePage(order.id, order.attempt, page));
  return { order, page };
}

function refuseUnbuyable(offers: Offer[], courseIds: string[]) {
  if (courseIds.length === 0) {
    throw new DomainError("invalid_input", "Name at least one course.", {
      fields: { course_id: ["Name the course to buy."] },
    });
  }
  if (offers.filter((offer) => offer.isPublished).length !== courseIds.length) {
    throw new DomainError("not_found", "There is no such course on sale.");
  }
  const owned = offers.filter((offer) => offer.isOwned);
  if (owned.length > 0) {
    const titles = owned.map((offer) => `“${offer.title}”`).join(", ");
    throw new DomainError("already_enrolled", `You are already enrolled in ${titles}.`);
  }
  if (new Set(offers.map((offer) => offer.price.currency)).size > 1) {
    throw new DomainError("invalid_input", "These courses are priced in different currencies.", {
      fields: { course_ids: ["Buy courses of different currencies one by one."] },
    });
  }
}

function quote(studentId: string, courseIds: string[], offers: Offer[], pageExpiresAt: Date): OrderDraft {
  const byId = new Map(offers.map((offer) => [offer.courseId, offer]));
  const inOrder = courseIds.map((id) => byId.get(id)!);
  return {
    studentId,
    lines: inOrder.map(({ courseId, courseSlug, title, price }) => ({
      courseId,
      courseSlug,
      title,
      amount: price.amount,
    })),
    total: {
      amount: inOrder.reduce((sum, offer) => sum + offer.price.amount, 0n),
      currency: inOrder[0]!.price.currency,
    },
    pageExpiresAt,
  };
}

async function create(orders: Orders, draft: OrderDraft): Promise<Order> {
  const order = await orders.create(draft);
  if (!order) throw new DomainError("not_authenticated", "This account no longer exists.");
  return order;
}

function isSamePurchase(order: Order, draft: OrderDraft): boolean {
  const amounts = new Map(order.lines.map((line) => [line.courseId, line.amount]));
  return order.total.currency === draft.total.currency && amounts.size === draft.lines.length &&
    draft.lines.every((line) => amounts.get(line.courseId) === line.amount);
}

function isPageOver(order: Order, now: Date): boolean {
  const left = order.pageExpiresAt.getTime() - now.getTime();
  return order.page ? left <= 0 : left < SHORTEST_PAGE_SECONDS * 1000;
}
