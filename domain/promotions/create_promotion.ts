import { requireTutor } from "../authoring/rights.ts";
import { type Caller, ROLE } from "../accounts/ports.ts";
import { noteAdministrator } from "../audit/note_administrator.ts";
import type { AuditLog } from "../audit/ports.ts";
import type { Clock } from "../clock.ts";
import { DomainError } from "../errors.ts";
import type { Transaction } from "../transaction.ts";
import type { NewPromotion, Promotion, Promotions } from "./ports.ts";

type Deps = { transaction: Transaction<{ promotions: Promotions; audit: AuditLog }>; clock: Clock };

/**
 * Creates a promotion code: administrators for any courses or all, tutors for named courses that they teach. Throws
 * DomainError `invalid_input` naming what is wrong, such as a code that is taken.
 */
export async function createPromotion(
  deps: Deps,
  input: { caller: Caller; requestId: string; promotion: Omit<NewPromotion, "createdBy"> },
): Promise<Promotion> {
  const { caller, requestId } = input;
  requireTutor(caller);
  const promotion = { ...input.promotion, code: input.promotion.code.toUpperCase(), createdBy: caller.id };
  refuseContradictions(promotion, deps.clock());
  return await deps.transaction(async ({ promotions, audit }) => {
    await refuseForeignCourses(promotions, caller, promotion.courseIds);
    const added = await promotions.add(promotion);
    if (!added) throw refusal("code", `The code ${promotion.code} is taken.`);
    await noteAdministrator(audit, caller, {
      action: "promotion.add",
      subject: { type: "promotion", id: added.id },
      after: { code: added.code, ...written(promotion), courseIds: promotion.courseIds },
      requestId,
    });
    return added;
  });
}

/** Throws DomainError `invalid_input` for limits that contradict each other. */
export function refuseContradictions(
  { validFrom, validUntil }: Pick<Promotion, "validFrom" | "validUntil">,
  now: Date,
): void {
  if (validUntil && validUntil <= now) throw refusal("valid_until", "The end must be in the future.");
  if (validUntil && validFrom && validUntil <= validFrom) {
    throw refusal("valid_until", "The end must be after the start.");
  }
}

async function refuseForeignCourses(promotions: Promotions, caller: Caller, courseIds: string[]) {
  const isAdministrator = caller.role === ROLE.admin;
  if (courseIds.length === 0 && !isAdministrator) {
    throw refusal("course_ids", "Name which of your courses the code is for.");
  }
  const allowed = new Set(await promotions.coursesTaught(courseIds, isAdministrator ? null : caller.id));
  const foreign = courseIds.filter((id) => !allowed.has(id));
  if (foreign.length === 0) return;
  const whose = isAdministrator ? "There is no course" : "You teach no course";
  throw refusal("course_ids", `${whose} ${foreign.join(", ")}.`);
}

/** Writes amounts as text, because JSON has no 64-bit integers. */
function written({ discount, minimums }: Pick<NewPromotion, "discount" | "minimums">) {
  const text = (all: NewPromotion["minimums"]) => all.map(({ amount, currency }) => `${amount} ${currency}`);
  return {
    ...("percent" in discount ? { percent: discount.percent } : { amounts: text(discount.amounts) }),
    minimums: text(minimums),
  };
}

function refusal(field: string, message: string): DomainError {
  return new DomainError("invalid_input", message, { fields: { [field]: [message] } });
}
