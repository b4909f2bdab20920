import type { Clock } from "../clock.ts";
import { DomainError, noSuch } from "../errors.ts";
import { chargeUnit } from "../money.ts";
import { type Discount, discountOf } from "../promotions/discount.ts";
import type { Promotion, Promotions, Redemptions } from "../promotions/ports.ts";
import type { Transaction } from "../transaction.ts";
import { requireChargeable } from "./chargeable.ts";
import type { Offer, Offers, Order, Orders } from "./ports.ts";

/** The requested courses, with a currency (null: the courses' own) and perhaps a code. */
export type PurchaseRequest = {
  studentId: string;
  courseIds: string[];
  currency: string | null;
  promotionCode: string | null;
};

/** What a purchase costs now; amounts are minor units of `currency`. */
export type Quote = {
  currency: string;
  lines: { courseId: string; courseSlug: string; title: string; amount: bigint; discount: bigint }[];
  subtotal: bigint;
  discount: bigint;
  promotion: { id: string; code: string } | null;
};

type Stores = { orders: Orders; offers: Offers; promotions: Promotions };
export type QuoteDeps = {
  clock: Clock;
  /** Used for courses whose own currencies differ. */
  shopCurrency: string;
};

/** Quotes a purchase at current prices; refuses what `startCheckout` would refuse. Nothing is stored. */
export async function quotePurchase(
  deps: QuoteDeps & { transaction: Transaction<Stores> },
  request: PurchaseRequest,
): Promise<Quote> {
  return await deps.transaction(async (stores) => (await prepareQuote(deps, stores, request)).quote);
}

export type PreparedQuote = {
  quote: Quote;
  /** The student's unsettled orders for any of the courses, which the purchase would replace. */
  open: Order[];
  /** Abandoned orders that still hold the code, because their pages are not known to be closed. */
  givenUp: Order[];
  /** How many more orders may use the code, not counting the student's own open ones. */
  room: number;
};

/**
 * Quotes a purchase as if the student's own conflicting orders had ended. Until the transaction ends, the student's
 * other checkouts and other uses of the code wait here.
 */
export async function prepareQuote(
  deps: QuoteDeps,
  stores: Stores,
  request: PurchaseRequest,
): Promise<PreparedQuote> {
  const { studentId } = request;
  const courseIds = [...new Set(request.courseIds)];
  const open = await stores.orders.lockOpen(studentId, courseIds);
  // After the lock, so that an order settled a moment ago counts as owned.
  const offers = await stores.offers.forStudent(studentId, courseIds);
  refuseUnbuyable(offers, courseIds);
  if (open.some((order) => order.state === "processing")) {
    throw new DomainError(
      "payment_processing",
      "A payment for this course is being processed. You get access as soon as it arrives.",
    );
  }
  const currency = currencyOf(offers, request.currency, deps.shopCurrency);
  const byId = new Map(offers.map((offer) => [offer.courseId, offer]));
  const lines = courseIds.map((id) => {
    const offer = byId.get(id)!;
    const { courseId, courseSlug, title } = offer;
    return { courseId, courseSlug, title, amount: priceIn(offer, currency)! };
  });
  const subtotal = lines.reduce((sum, line) => sum + line.amount, 0n);
  const code = request.promotionCode?.trim().toUpperCase() ?? null;
  const givenUp = code === null
    ? []
    : (await stores.orders.unclosed(studentId)).filter(({ promotionCode }) => promotionCode === code);
  const found = code === null ? null : await stores.promotions.lockByCode(
    code,
    studentId,
    [...open, ...givenUp].map(({ id }) => id),
  );
  if (request.promotionCode !== null && !found) throw promotionRefused("There is no such code.");
  const discount: Discount = found
    ? discountOf(found, lines, currency, deps.clock())
    : { perLine: lines.map(() => 0n) };
  if ("refusedBecause" in discount) throw promotionRefused(discount.refusedBecause);
  const quote: Quote = {
    currency,
    lines: lines.map((line, index) => ({ ...line, discount: discount.perLine[index]! })),
    subtotal,
    discount: discount.perLine.reduce((sum, amount) => sum + amount, 0n),
    promotion: found && { id: found.promotion.id, code: found.promotion.code },
  };
  requireChargeable(quote);
  return { open, givenUp, quote, room: found ? roomOf(found) : Infinity };
}

function roomOf({ promotion, redemptions }: { promotion: Promotion; redemptions: Redemptions }): number {
  const { maxRedemptions, perStudentLimit } = promotion;
  return Math.min(
    (maxRedemptions ?? Infinity) - redemptions.all,
    (perStudentLimit ?? Infinity) - redemptions.byStudent,
  );
}

function refuseUnbuyable(offers: Offer[], courseIds: string[]) {
  if (courseIds.length === 0) {
    throw new DomainError("invalid_input", "Name at least one course.", {
      fields: { course_id: ["Name the course to buy."] },
    });
  }
  if (offers.filter((offer) => offer.isPublished).length !== courseIds.length) {
    throw noSuch("course on sale");
  }
  const owned = offers.filter((offer) => offer.isOwned);
  if (owned.length > 0) {
    throw new DomainError("already_enrolled", `You are already enrolled in ${titles(owned)}.`);
  }
  const taught = offers.filter((offer) => offer.isTaught);
  if (taught.length > 0) {
    throw new DomainError(
      "already_enrolled",
      `You teach ${titles(taught)} and can watch it without buying.`,
    );
  }
  const disputed = offers.filter((offer) => offer.unfinished === "disputed");
  if (disputed.length > 0) {
    throw new DomainError(
      "payment_processing",
      `Your bank holds the payment for ${
        titles(disputed)
      }, which you bought before, because of a dispute. When that is decided, either your access comes ` +
        "back or you can buy it again.",
    );
  }
  const refunding = offers.filter((offer) => offer.unfinished === "being_refunded");
  if (refunding.length > 0) {
    throw new DomainError(
      "payment_processing",
      `The refund of ${
        titles(refunding)
      }, which you bought before, is in progress. You can buy it again when it is done.`,
    );
  }
}

/** Returns the buyer's choice, else the courses' common currency, else the shop's. */
function currencyOf(offers: Offer[], wanted: string | null, shopCurrency: string): string {
  const own = new Set(offers.map((offer) => offer.price.currency));
  const currency = wanted?.toLowerCase() ?? (own.size === 1 ? [...own][0]! : shopCurrency);
  const without = offers.filter((offer) => {
    const amount = priceIn(offer, currency);
    return amount === null || amount % chargeUnit(currency) !== 0n;
  });
  if (without.length === 0) return currency;
  const message = `${titles(without)} cannot be bought in ${currency.toUpperCase()}.`;
  throw new DomainError("invalid_input", message, { fields: { currency: [message] } });
}

/**
 * Returns the price in a currency. A course that is not free is free in no currency, so a further price of 0 is
 * ignored.
 */
function priceIn({ price, otherPrices }: Offer, currency: string): bigint | null {
  const further = otherPrices.filter(({ amount }) => amount > 0n || price.amount === 0n);
  return [price, ...further].find((money) => money.currency === currency)?.amount ?? null;
}

const titles = (offers: Offer[]) => offers.map((offer) => `“${offer.title}”`).join(", ");

function promotionRefused(message: string): DomainError {
  return new DomainError("invalid_input", message, { fields: { promotion_code: [message] } });
}
