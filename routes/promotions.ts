import type { AuditLog } from "../domain/audit/ports.ts";
import type { Authoring } from "../domain/authoring/ports.ts";
import type { Clock } from "../domain/clock.ts";
import { DomainError } from "../domain/errors.ts";
import type { Money } from "../domain/money.ts";
import { readPrices } from "../domain/pricing/read_prices.ts";
import { createPromotion } from "../domain/promotions/create_promotion.ts";
import { changePromotion, listPromotions, showPromotion } from "../domain/promotions/manage_promotions.ts";
import type { NewPromotion, Promotion, PromotionReads, Promotions } from "../domain/promotions/ports.ts";
import type { Transaction } from "../domain/transaction.ts";
import type {
  NewPromotion as WireNewPromotion,
  Promotion as WirePromotion,
} from "../openapi/generated/server/types.gen.ts";
import type { Handlers } from "./http/contract_app.ts";
import { toDateOrNone } from "./http/moments.ts";
import { pageOf, rangeOf } from "./http/pages.ts";
import { toPrice } from "./wire/prices.ts";

type Deps = {
  authoring: Authoring;
  promotionReads: PromotionReads;
  transaction: Transaction<{ authoring: Authoring; promotions: Promotions; audit: AuditLog }>;
  clock: Clock;
};

/** Serves promotion codes. */
export const promotionRoutes = (
  deps: Deps,
): Handlers<"listPromotions" | "createPromotion" | "getPromotion" | "updatePromotion"> => ({
  async listPromotions(request) {
    const { code, is_active: isActive } = request.query;
    const { count, promotions } = await listPromotions(deps, {
      caller: request.caller,
      filter: { code, isActive },
      range: rangeOf(request.query),
    });
    return { status: 200, body: pageOf(request, count, promotions.map(toWire)) };
  },

  async createPromotion({ caller, body, requestId }) {
    const promotion = await createPromotion(deps, { caller, requestId, promotion: toPromotion(body) });
    return { status: 201, body: toWire({ ...promotion, redemptions: 0 }) };
  },

  async getPromotion({ caller, params }) {
    return { status: 200, body: toWire(await showPromotion(deps, { caller, promotionId: params.id })) };
  },

  async updatePromotion({ caller, params, body, requestId }) {
    const promotion = await changePromotion(deps, {
      caller,
      requestId,
      promotionId: params.id,
      change: {
        validFrom: toDateOrNone(body.valid_from),
        validUntil: toDateOrNone(body.valid_until),
        maxRedemptions: body.max_redemptions,
        perStudentLimit: body.per_student_limit,
        isActive: body.is_active,
      },
    });
    return { status: 200, body: toWire(promotion) };
  },
});

function toPromotion(body: WireNewPromotion): Omit<NewPromotion, "createdBy"> {
  const { percent, amounts } = body;
  return {
    code: body.code,
    discount: toDiscount(percent, amounts),
    minimums: positive(body.minimums ?? [], "minimums"),
    courseIds: [...new Set(body.course_ids ?? [])],
    validFrom: toDateOrNone(body.valid_from) ?? null,
    validUntil: toDateOrNone(body.valid_until) ?? null,
    maxRedemptions: body.max_redemptions ?? null,
    perStudentLimit: body.per_student_limit ?? null,
  };
}

function toDiscount(
  percent: number | undefined,
  amounts: WireNewPromotion["amounts"],
): NewPromotion["discount"] {
  if (percent !== undefined && amounts === undefined) return { percent };
  if (percent === undefined && amounts !== undefined) return { amounts: positive(amounts, "amounts") };
  const message = "Send either percent or amounts.";
  throw new DomainError("invalid_input", message, { fields: { percent: [message] } });
}

function positive(prices: { price: string; currency: string }[], field: string): Money[] {
  const read = readPrices(prices, field);
  const zero = read.findIndex(({ amount }) => amount === 0n);
  if (zero < 0) return read;
  const message = "This must be more than 0.";
  throw new DomainError("invalid_input", message, { fields: { [`${field}.${zero}.price`]: [message] } });
}

function toWire(promotion: Promotion & { redemptions: number }): WirePromotion {
  const { discount } = promotion;
  return {
    id: promotion.id,
    code: promotion.code,
    created_by: promotion.createdBy,
    percent: "percent" in discount ? discount.percent : null,
    amounts: "percent" in discount ? [] : discount.amounts.map(toPrice),
    minimums: promotion.minimums.map(toPrice),
    course_ids: promotion.courseIds,
    valid_from: promotion.validFrom?.toISOString() ?? null,
    valid_until: promotion.validUntil?.toISOString() ?? null,
    max_redemptions: promotion.maxRedemptions,
    per_student_limit: promotion.perStudentLimit,
    redemptions: promotion.redemptions,
    is_active: promotion.isActive,
    created_at: promotion.createdAt.toISOString(),
  };
}
