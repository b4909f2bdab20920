import type { Caller } from "../accounts/ports.ts";
import { noteAdministrator } from "../audit/note_administrator.ts";
import type { AuditLog } from "../audit/ports.ts";
import { DomainError, orNotFound } from "../errors.ts";
import type { Jobs } from "../jobs.ts";
import { storePicture } from "../media/store_picture.ts";
import { faultOfPrice } from "../pricing/least_charge.ts";
import type { Transaction } from "../transaction.ts";
import { parsePrice } from "./course_price.ts";
import type { Authoring, CourseFields, OwnCourse } from "./ports.ts";
import { requireReady } from "./publish_course.ts";
import { lockAuthored, requireAuthor } from "./rights.ts";
import { isBlank } from "../text.ts";
import type { Needs } from "../needs.ts";

/** The fields to change; `price` is in major units, as text. */
export type CourseChange = Partial<Omit<CourseFields, "priceAmount" | "thumbnailKey">> & { price?: string };

type Deps = Needs<typeof storePicture> & {
  authoring: Authoring;
  transaction: Transaction<{ authoring: Authoring; audit: AuditLog; jobs: Jobs }>;
};

/**
 * Changes the given fields of a course, for its tutors and administrators; its slug stays. Without fields it changes
 * nothing. `thumbnail` is the bytes of a picture.
 */
export async function changeCourse(
  deps: Deps,
  input: {
    caller: Caller;
    slugOrId: string;
    change: CourseChange;
    thumbnail?: Uint8Array;
    isGone?(): boolean;
    requestId: string;
  },
): Promise<OwnCourse> {
  const { caller, requestId } = input;
  const course = requireAuthor(caller, await deps.authoring.course(input.slugOrId, caller.id));
  const { price, ...rest } = input.change;
  const change: Partial<CourseFields> = {
    ...rest,
    ...(price === undefined ? {} : { priceAmount: parsePrice(price, course.currency) }),
  };
  refuseBlankTitle(change);
  refuseUnpayable(course, change);
  if (input.thumbnail) {
    const sender = { id: caller.id, isGone: input.isGone };
    const { key } = await storePicture(deps, { kind: "course_thumbnail", bytes: input.thumbnail, sender });
    change.thumbnailKey = key;
  }
  if (Object.keys(change).length === 0) return course;
  await deps.transaction(async ({ authoring, audit, jobs }) => {
    await lockAuthored(authoring, caller, course.id);
    if (change.categoryId) await requireCategory(authoring, change.categoryId);
    orNotFound(await authoring.changeCourse(course.id, change), "course");
    if (change.isPublished && !course.isPublished) await requireReady(authoring, course.id);
    if (change.thumbnailKey && course.thumbnailKey) {
      await jobs.add({ kind: "delete_file", key: course.thumbnailKey });
    }
    await noteAdministrator(audit, caller, {
      action: "course.change",
      subject: { type: "course", id: course.id },
      after: { ...input.change, ...(change.thumbnailKey ? { thumbnail: change.thumbnailKey } : {}) },
      requestId,
    });
  });
  return course;
}

/**
 * Refuses to set a price of a course on sale that cannot be charged. A draft may have any price, because the price
 * may be half typed, and the checklist is checked before it is sold. A course may also keep such a price; otherwise a
 * page that sends all fields could not save any.
 */
function refuseUnpayable(course: OwnCourse, { priceAmount, isPublished }: Partial<CourseFields>): void {
  if (!course.isPublished || isPublished === false) return;
  if (priceAmount === undefined || priceAmount === course.priceAmount) return;
  const fault = faultOfPrice({ amount: priceAmount, currency: course.currency });
  if (fault) throw new DomainError("invalid_input", fault, { fields: { price: [fault] } });
}

/** Refuses a title without a visible character. */
export function refuseBlankTitle({ title }: { title?: string }): void {
  if (title === undefined || !isBlank(title)) return;
  throw new DomainError("invalid_input", "A course needs a title.", {
    fields: { title: ["This field may not be blank."] },
  });
}

/**
 * Throws DomainError `invalid_input` for a category that does not exist, and keeps it from being deleted until the
 * transaction ends.
 */
export async function requireCategory(authoring: Authoring, id: number): Promise<void> {
  if (await authoring.holdCategory(id)) return;
  throw new DomainError("invalid_input", "Choose one of the existing categories.", {
    fields: { category: ["There is no such category."] },
  });
}
