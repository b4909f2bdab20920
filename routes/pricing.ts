import type { AuditLog } from "../domain/audit/ports.ts";
import type { Authoring } from "../domain/authoring/ports.ts";
import type { Catalog } from "../domain/catalog/ports.ts";
import type { CourseOffer, CourseOfferReads, CourseOffers } from "../domain/pricing/ports.ts";
import { setOffer, showOffer } from "../domain/pricing/set_offer.ts";
import type { Transaction } from "../domain/transaction.ts";
import type { CourseOffer as WireOffer } from "../openapi/generated/server/types.gen.ts";
import type { Handlers } from "./http/contract_app.ts";
import { toPrice } from "./wire/prices.ts";

type Deps = {
  catalog: Catalog;
  authoring: Authoring;
  courseOffers: CourseOfferReads;
  transaction: Transaction<{ authoring: Authoring; courseOffers: CourseOffers; audit: AuditLog }>;
};

/** Serves a course's prices in several currencies. */
export const pricingRoutes = (deps: Deps): Handlers<"getOffer" | "setOffer"> => ({
  async getOffer({ params, caller }) {
    const offer = await showOffer(deps, { slugOrId: params.slug, viewer: caller });
    return { status: 200, body: toWireOffer(offer) };
  },

  async setOffer({ params, caller, body, requestId }) {
    const offer = await setOffer(deps, {
      caller,
      requestId,
      slugOrId: params.slug,
      prices: body.prices,
      accessDays: body.access_days,
    });
    return { status: 200, body: toWireOffer(offer) };
  },
});

function toWireOffer({ prices, accessDays }: CourseOffer): WireOffer {
  return { prices: prices.map(toPrice), access_days: accessDays };
}
