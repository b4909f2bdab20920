import { type Caller, ROLE } from "../accounts/ports.ts";
import { actorOf } from "../audit/actor.ts";
import type { AuditLog } from "../audit/ports.ts";
import type { Catalog, CourseDetail } from "../catalog/ports.ts";
import { showCourse } from "../catalog/show_course.ts";
import { DomainError, orNotFound } from "../errors.ts";
import type { Transaction } from "../transaction.ts";
import type { Review, Reviews } from "./ports.ts";
import { tidyText } from "../text.ts";
import type { Range } from "../range.ts";

type Deps = { catalog: Catalog; reviews: Reviews };

/**
 * Lists the reviews of a course, for everybody who may see it. Hidden ones are listed for their author and
 * administrators only.
 */
export async function listReviews(
  deps: Deps,
  input: { viewer: Caller | null; course: string; range: Range },
): Promise<{ count: number; reviews: Review[] }> {
  const { course } = await showCourse(deps, { slugOrId: input.course, viewer: input.viewer });
  const { viewer, range } = input;
  return await deps.reviews.ofCourse(course.id, viewer?.id ?? null, range, viewer?.role === ROLE.admin);
}

/**
 * Stores the caller's only review of a course that they are enrolled in and do not teach. A tutor can give free access
 * as often as they like, so a reviewer with free access needs a verified address and must have opened a lesson.
 */
export async function writeReview(
  deps: Deps,
  input: { caller: Caller; course: string; rating: number; content: string },
): Promise<Review> {
  const { course } = await showCourse(deps, { slugOrId: input.course, viewer: input.caller });
  refuseStranger(course, input.caller);
  const { paid, isVerified, hasOpened } = await deps.reviews.standing(course.id, input.caller.id);
  if (!paid && !isVerified) {
    throw new DomainError(
      "forbidden",
      "Verify your e-mail address first, using the link in the mail we sent you.",
    );
  }
  if (!paid && !hasOpened) {
    throw new DomainError(
      "forbidden",
      "Open a lesson of the course before you review it.",
    );
  }
  const review = await deps.reviews.add({
    courseId: course.id,
    studentId: input.caller.id,
    rating: input.rating,
    content: tidyText(input.content),
  });
  if (!review) {
    throw new DomainError(
      "already_reviewed",
      "You have already reviewed this course. Change that review instead.",
    );
  }
  return review;
}

/** Changes the caller's own review. */
export async function changeReview(
  deps: Deps,
  input: { caller: Caller; id: string; rating?: number; content?: string },
): Promise<Review> {
  const { rating, content } = input;
  const review = await ownReview(deps, input);
  if (rating === undefined && content === undefined) return review;
  const changed = await deps.reviews.change(review.id, {
    ...(rating === undefined ? {} : { rating }),
    ...(content === undefined ? {} : { content: tidyText(content) }),
  });
  return orNotFound(changed, "review");
}

/**
 * Deletes the caller's own review and updates the course's rating. A hidden review stays; otherwise its author could
 * simply write it again.
 */
export async function removeReview(deps: Deps, input: { caller: Caller; id: string }): Promise<void> {
  const review = await ownReview(deps, input);
  if (review.isHidden) {
    throw new DomainError(
      "forbidden",
      "This review was hidden by an administrator and stays hidden. You may still change or clear it.",
    );
  }
  await deps.reviews.delete(review.id);
}

/**
 * Hides a review from the course's list and rating, or shows it again. For administrators only, because a tutor has
 * an interest in the course's reviews.
 */
export async function moderateReview(
  deps: { transaction: Transaction<{ reviews: Reviews; audit: AuditLog }> },
  input: { caller: Caller; id: string; isHidden: boolean; reason: string; requestId: string },
): Promise<Review> {
  const { caller, isHidden } = input;
  if (caller.role !== ROLE.admin) {
    throw new DomainError("forbidden", "Only administrators may hide reviews.");
  }
  return await deps.transaction(async ({ reviews, audit }) => {
    const review = orNotFound(await reviews.hide(input.id, isHidden ? caller.id : null), "review");
    await audit.record({
      ...actorOf(caller),
      action: isHidden ? "review.hide" : "review.show",
      subject: { type: "review", id: review.id },
      reason: input.reason,
      requestId: input.requestId,
    });
    return review;
  });
}

function refuseStranger(course: CourseDetail, caller: Caller): void {
  if (course.isEnrolled && !course.tutors.some((tutor) => tutor.id === caller.id)) return;
  throw new DomainError("forbidden", "Only students of a course may review it.");
}

async function ownReview(deps: Deps, input: { caller: Caller; id: string }): Promise<Review> {
  const review = await deps.reviews.find(input.id);
  return orNotFound(review?.author.id === input.caller.id && review, "review");
}
