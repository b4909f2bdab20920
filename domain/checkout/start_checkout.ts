import { measureCheckout } from "../analytics/measure.ts";
import type { Measurement, Visit, Visits } from "../analytics/ports.ts";
import { DomainError } from "../errors.ts";
import type { Promotions } from "../promotions/ports.ts";
import { type SettlementStores, settleOrder } from "../settlement/settle.ts";
import type { Transaction } from "../transaction.ts";
import { closePages, type ClosingDeps } from "./close_page.ts";
import { giveUp } from "./give_up.ts";
import type { Offers, Order, OrderDraft, Orders, PaymentPage, Payments } from "./ports.ts";
import { prepareQuote, type PurchaseRequest, type Quote, type QuoteDeps } from "./quote_purchase.ts";

/** How long a payment page can be paid, in seconds. Stripe allows 30 minutes to 24 hours from when it is opened. */
export const PAGE_SECONDS = 2 * 3600;
/** The minimum remaining time of a page that is yet to be opened, in seconds; Stripe refuses an earlier expiry. */
const SHORTEST_PAGE_SECONDS = 31 * 60;

/** How many times conflicting pages are closed before the buyer is asked to wait. */
const TRIES = 3;

type Stores = SettlementStores & { orders: Orders; offers: Offers; promotions: Promotions; visits: Visits };
type Deps = QuoteDeps & Omit<ClosingDeps, "transaction"> & {
  transaction: Transaction<Stores>;
  payments: Payments;
  measurement: Measurement | null;
};

/** What a student wants to buy. `visit`: given if they agree to be measured. */
type Request = PurchaseRequest & { visit?: Visit };

/**
 * An order with its payment page; or a free order, which is settled, perhaps without a page, and the reason for that.
 */
export type Checkout = { order: Order; page: PaymentPage } | { order: Order; page: null; failure: unknown };

/**
 * Opens a payment page for published courses that the student neither owns nor teaches. If a page for exactly these
 * courses at these prices is open, returns that. A purchase that costs nothing, or nothing after a promotion, is
 * granted at once; its page, with nothing to pay, only leads on to the course. An order that uses a promotion counts
 * as a redemption until it has ended and its page is closed. If the student's own earlier pages use up the code, they
 * are closed first.
 */
export async function startCheckout(deps: Deps, request: Request): Promise<Checkout> {
  for (let tries = 1; tries <= TRIES; tries++) {
    const begun = await deps.transaction(async (stores) => {
      const begun = await begin(deps, stores, request);
      if (deps.measurement && "order" in begun) {
        await measureCheckout(stores, begun.order.id, request.visit ?? null);
      }
      return begun;
    });
    if ("inTheWay" in begun) {
      await closePages(deps, begun.inTheWay); // no transaction is open during the provider's response
      continue;
    }
    return await withPage(deps, begun.order, begun.settled);
  }
  throw new DomainError(
    "vendor_unavailable",
    "An earlier payment page that uses this code is still being closed. Please try again in a moment.",
    { retryAfter: 5 },
  );
}

/** Returns the order, to be paid or already settled; or the pages that must be closed first. */
async function begin(
  deps: Deps,
  stores: Stores,
  request: Request,
): Promise<{ order: Order; settled: boolean } | { inTheWay: Order[] }> {
  const { open, givenUp, quote, room } = await prepareQuote(deps, stores, request);
  const now = deps.clock();
  const draft: OrderDraft = {
    studentId: request.studentId,
    lines: quote.lines,
    subtotal: { amount: quote.subtotal, currency: quote.currency },
    promotion: quote.promotion,
    pageExpiresAt: new Date(now.getTime() + PAGE_SECONDS * 1000),
  };
  const same = open.find((order) => isSamePurchase(order, quote));
  // The courses or prices differ: the new order replaces the old one.
  const old = open.filter((order) => order !== same);
  for (const order of old) await giveUp(stores, order);
  const holders = quote.promotion
    ? [...givenUp, ...old.filter(({ promotionCode }) => promotionCode === quote.promotion!.code)]
    : [];
  if (!same && holders.length >= room) return { inTheWay: holders };
  if (quote.subtotal === quote.discount) {
    const order = same ?? await create(stores, draft);
    await settleOrder(stores, deps.settlementPolicy, order);
    return { order: { ...order, state: "paid" as const }, settled: true };
  }
  if (!same) return { order: await create(stores, draft), settled: false };
  const order = isPageOver(same, now) ? await stores.orders.renew(same.id, draft.pageExpiresAt) : same;
  return { order, settled: false };
}

async function withPage(deps: Deps, order: Order, settled: boolean): Promise<Checkout> {
  if (order.page) return { order, page: order.page };
  try {
    const page = await deps.payments.openPage(order); // no transaction is open during the provider's response
    await deps.transaction(({ orders }) => orders.savePage(order.id, order.attempt, page));
    return { order, page };
  } catch (failure) {
    if (!settled) throw failure;
    return { order, page: null, failure };
  }
}

async function create(stores: Stores, draft: OrderDraft): Promise<Order> {
  const order = await stores.orders.create(draft);
  if (!order) throw new DomainError("not_authenticated", "This account can no longer be used.");
  if (!draft.promotion) return order;
  await stores.promotions.redeem(draft.promotion.id, order);
  return { ...order, promotionCode: draft.promotion.code };
}

function isSamePurchase(order: Order, quote: Quote): boolean {
  const lines = new Map(order.lines.map((line) => [line.courseId, line]));
  return order.subtotal.currency === quote.currency &&
    order.promotionCode === (quote.promotion?.code ?? null) &&
    lines.size === quote.lines.length &&
    quote.lines.every(({ courseId, amount, discount }) => {
      const line = lines.get(courseId);
      return line?.amount === amount && line.discount === discount;
    });
}

function isPageOver(order: Order, now: Date): boolean {
  const left = order.pageExpiresAt.getTime() - now.getTime();
  return order.page ? left <= 0 : left < SHORTEST_PAGE_SECONDS * 1000;
}
