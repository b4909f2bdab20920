import { type Caller, ROLE } from "../accounts/ports.ts";
import { noteAdministrator } from "../audit/note_administrator.ts";
import type { AuditLog } from "../audit/ports.ts";
import { requireTutor } from "../authoring/rights.ts";
import type { Clock } from "../clock.ts";
import { DomainError } from "../errors.ts";
import type { Transaction } from "../transaction.ts";
import { refuseContradictions } from "./create_promotion.ts";
import type { Promotion, PromotionChange, PromotionReads, Promotions } from "./ports.ts";

type Counted = Promotion & { redemptions: number };

/** The promotions that the caller has created; to administrators all. */
export async function listPromotions(
  deps: { promotionReads: PromotionReads },
  input: {
    caller: Caller;
    filter: { code?: string; isActive?: boolean };
    range: { limit: number; offset: number };
  },
): Promise<{ count: number; promotions: Counted[] }> {
  requireTutor(input.caller);
  const createdBy = input.caller.role === ROLE.admin ? null : input.caller.id;
  return await deps.promotionReads.list({ ...input.filter, createdBy }, input.range);
}

/** A promotion that the caller has created, or any for administrators. */
export async function showPromotion(
  deps: { promotionReads: PromotionReads },
  input: { caller: Caller; promotionId: string },
): Promise<Counted> {
  requireTutor(input.caller);
  return requireOwn(input.caller, await deps.promotionReads.byId(input.promotionId));
}

/**
 * Changes when and how often a promotion can be used, or ends it; orders that use it keep what they were quoted. What it
 * takes off does not change: that is another promotion. Throws DomainError `invalid_input` for less than is used already.
 */
export async function changePromotion(
  deps: {
    transaction: Transaction<{ promotions: Promotions; audit: AuditLog }>;
    promotionReads: PromotionReads;
    clock: Clock;
  },
  input: { caller: Caller; requestId: string; promotionId: string; change: PromotionChange },
): Promise<Counted> {
  const { caller, requestId, change } = input;
  requireTutor(caller);
  const { id } = await deps.transaction(async ({ promotions, audit }) => {
    const promotion = requireOwn(caller, await promotions.lock(input.promotionId));
    if (change.validFrom !== undefined || change.validUntil !== undefined) {
      refuseContradictions({ ...promotion, ...change }, deps.clock());
    }
    refuseLessThanUsed(change, await promotions.used(promotion.id));
    const changed = await promotions.change(promotion.id, change);
    const { validFrom, validUntil, maxRedemptions, perStudentLimit, isActive } = promotion;
    await noteAdministrator(audit, caller, {
      action: "promotion.change",
      subject: { type: "promotion", id: promotion.id },
      before: { validFrom, validUntil, maxRedemptions, perStudentLimit, isActive },
      after: { ...change },
      requestId,
    });
    return changed;
  });
  return requireOwn(caller, await deps.promotionReads.byId(id));
}

/** A limit holds of what uses the code already, too: who bought by it keeps it. */
function refuseLessThanUsed(
  { maxRedemptions, perStudentLimit }: PromotionChange,
  used: { all: number; byOneStudent: number },
): void {
  const refuse = (field: string, count: number) => {
    const message = `The code is used ${count} times already: end it, or set no less.`;
    throw new DomainError("invalid_input", message, { fields: { [field]: [message] } });
  };
  if (typeof maxRedemptions === "number" && maxRedemptions < used.all) refuse("max_redemptions", used.all);
  if (typeof perStudentLimit === "number" && perStudentLimit < used.byOneStudent) {
    refuse("per_student_limit", used.byOneStudent);
  }
}

function requireOwn<Found extends Promotion>(caller: Caller, promotion: Found | null): Found {
  if (promotion && (caller.role === ROLE.admin || promotion.createdBy === caller.id)) return promotion;
  throw new DomainError("not_found", "There is no such promotion.");
}
