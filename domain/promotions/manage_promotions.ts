import { type Caller, ROLE } from "../accounts/ports.ts";
import { noteAdministrator } from "../audit/note_administrator.ts";
import type { AuditLog } from "../audit/ports.ts";
import { requireTutor } from "../authoring/rights.ts";
import type { Clock } from "../clock.ts";
import { DomainError, noSuch } from "../errors.ts";
import type { Transaction } from "../transaction.ts";
import { refuseContradictions } from "./create_promotion.ts";
import type { Promotion, PromotionChange, PromotionReads, PromotionRights, Promotions } from "./ports.ts";
import type { Range } from "../range.ts";

type Counted = Promotion & { redemptions: number };

/** Lists the promotions that the caller created, and those for courses that they own; for administrators, all. */
export async function listPromotions(
  deps: { promotionReads: PromotionReads },
  input: {
    caller: Caller;
    filter: { code?: string; isActive?: boolean };
    range: Range;
  },
): Promise<{ count: number; promotions: Counted[] }> {
  requireTutor(input.caller);
  const visibleTo = input.caller.role === ROLE.admin ? null : input.caller.id;
  return await deps.promotionReads.list({ ...input.filter, visibleTo }, input.range);
}

/** Returns one of the promotions that `listPromotions` lists. */
export async function showPromotion(
  deps: { promotionReads: PromotionReads },
  input: { caller: Caller; promotionId: string },
): Promise<Counted> {
  const { caller, promotionId } = input;
  requireTutor(caller);
  return requireVisible(caller, await deps.promotionReads.byId(promotionId, caller.id));
}

/**
 * Changes when and how often a promotion can be used, or ends it. Orders that use it keep their quoted prices. Its
 * discount never changes; a different discount needs a new promotion. A course's owner may end another tutor's
 * promotion for it, but not change it. Only the person who ended a promotion, or an administrator, can reactivate it.
 * An administrator who reactivates one whose creator may no longer set prices becomes responsible for it. Throws
 * DomainError `invalid_input` for limits below the current use.
 */
export async function changePromotion(
  deps: {
    transaction: Transaction<{ promotions: Promotions; audit: AuditLog }>;
    promotionReads: PromotionReads;
    clock: Clock;
  },
  input: { caller: Caller; requestId: string; promotionId: string; change: PromotionChange },
): Promise<Counted> {
  const { caller, requestId, promotionId, change } = input;
  requireTutor(caller);
  await deps.transaction(async ({ promotions, audit }) => {
    const promotion = requireVisible(caller, await promotions.lock(promotionId, caller.id));
    refuseBeyondRights(caller, promotion, change);
    if (change.validFrom !== undefined || change.validUntil !== undefined) {
      refuseContradictions({ ...promotion, ...change }, deps.clock());
    }
    refuseLessThanUsed(change, await promotions.used(promotion.id));
    const { validFrom, validUntil, maxRedemptions, perStudentLimit, isActive } = promotion;
    await promotions.change(promotion.id, { ...change, ...whoAnswers(caller, promotion, change) });
    await noteAdministrator(audit, caller, {
      action: "promotion.change",
      subject: { type: "promotion", id: promotion.id },
      before: { validFrom, validUntil, maxRedemptions, perStudentLimit, isActive },
      after: { ...change },
      requestId,
    });
  });
  return requireVisible(caller, await deps.promotionReads.byId(promotionId, caller.id));
}

/** Throws for a limit below the current use, because existing orders keep the code. */
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

function requireVisible<Found extends PromotionRights>(caller: Caller, promotion: Found | null): Found {
  if (promotion && (caller.role === ROLE.admin || promotion.isTheirs || promotion.ownsCourse)) {
    return promotion;
  }
  throw noSuch("promotion");
}

function refuseBeyondRights(
  caller: Caller,
  { isActive, isTheirs, isShops, endedBy }: Promotion & PromotionRights,
  { isActive: wanted, ...limits }: PromotionChange,
): void {
  if (caller.role === ROLE.admin) return;
  if (isShops && !isTheirs) {
    throw new DomainError("forbidden", "This code belongs to the shop: only administrators can change it.");
  }
  if (!isTheirs && Object.values(limits).some((value) => value !== undefined)) {
    throw new DomainError("forbidden", "This is another tutor's code: you can end it, but not change it.");
  }
  const isBroughtBack = wanted === true && !isActive;
  if (isBroughtBack && endedBy !== caller.id && (endedBy !== null || !isTheirs)) {
    throw new DomainError(
      "forbidden",
      "Only the person who ended this code, or an administrator, can bring it back.",
    );
  }
}

function whoAnswers(
  caller: Caller,
  { isActive, isOrphaned }: Promotion & PromotionRights,
  { isActive: wanted }: PromotionChange,
): { endedBy?: string | null; createdBy?: string } {
  if (wanted === undefined || wanted === isActive) return {};
  if (!wanted) return { endedBy: caller.id };
  return { endedBy: null, ...(isOrphaned && caller.role === ROLE.admin ? { createdBy: caller.id } : {}) };
}
