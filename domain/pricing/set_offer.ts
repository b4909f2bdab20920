import type { Caller } from "../accounts/ports.ts";
import { noteAdministrator } from "../audit/note_administrator.ts";
import type { AuditLog } from "../audit/ports.ts";
import type { Authoring } from "../authoring/ports.ts";
import { lockAuthored, requireAuthor } from "../authoring/rights.ts";
import type { Catalog } from "../catalog/ports.ts";
import { showCourse } from "../catalog/show_course.ts";
import { DomainError, noSuch } from "../errors.ts";
import type { Money } from "../money.ts";
import type { Transaction } from "../transaction.ts";
import type { CourseOffer, CourseOfferReads, CourseOffers } from "./ports.ts";
import { faultOfPrice } from "./least_charge.ts";
import { readPrices } from "./read_prices.ts";

/** Returns a course's prices, for everyone who may see the course. */
export async function showOffer(
  deps: { catalog: Catalog; courseOffers: CourseOfferReads },
  input: { slugOrId: string; viewer: Caller | null },
): Promise<CourseOffer> {
  const { course } = await showCourse(deps, input);
  return requireOffer(await deps.courseOffers.of(course.id));
}

/**
 * Sets the prices of a course, one per currency, and how long a purchase gives access; for its tutors and
 * administrators. Throws DomainError `invalid_input` naming each faulty price; for a course on sale also those that
 * cannot be charged.
 */
export async function setOffer(
  deps: {
    authoring: Authoring;
    courseOffers: CourseOfferReads;
    transaction: Transaction<{ authoring: Authoring; courseOffers: CourseOffers; audit: AuditLog }>;
  },
  input: {
    caller: Caller;
    requestId: string;
    slugOrId: string;
    prices: { price: string; currency: string }[];
    accessDays: number | null;
  },
): Promise<CourseOffer> {
  const { caller, requestId, accessDays } = input;
  const course = requireAuthor(caller, await deps.authoring.course(input.slugOrId, caller.id));
  const prices = readPrices(input.prices);
  refuseHalfFree(prices);
  if (course.isPublished) refuseUnpayable(prices);
  await deps.transaction(async ({ authoring, courseOffers, audit }) => {
    await lockAuthored(authoring, caller, course.id);
    await courseOffers.replace({ courseId: course.id, prices, accessDays });
    await noteAdministrator(audit, caller, {
      action: "course.price",
      subject: { type: "course", id: course.id },
      after: { prices: prices.map(({ amount, currency }) => `${amount} ${currency}`), accessDays },
      requestId,
    });
  });
  return requireOffer(await deps.courseOffers.of(course.id));
}

/** Throws if a course costs something in one currency and is free in another: everybody would choose the latter. */
function refuseHalfFree(prices: Money[]): void {
  if (prices.every(({ amount }) => amount === 0n)) return;
  const free = prices.flatMap(({ amount }, index) => amount === 0n ? [`prices.${index}.price`] : []);
  if (free.length === 0) return;
  const message = "A course costs nothing in every currency, or in none.";
  throw new DomainError("invalid_input", message, {
    fields: Object.fromEntries(free.map((field) => [field, [message]])),
  });
}

function refuseUnpayable(prices: Money[]): void {
  const faults = prices.flatMap((price, index) => {
    const fault = faultOfPrice(price);
    return fault ? [[`prices.${index}.price`, [fault]]] : [];
  });
  if (faults.length === 0) return;
  throw new DomainError("invalid_input", "Check the amounts named under errors.", {
    fields: Object.fromEntries(faults),
  });
}

function requireOffer(offer: CourseOffer | null): CourseOffer {
  if (offer) return offer;
  throw noSuch("course");
}
