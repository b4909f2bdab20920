import type { Caller } from "../accounts/ports.ts";
import { noteAdministrator } from "../audit/note_administrator.ts";
import type { AuditLog } from "../audit/ports.ts";
import { storePicture } from "../media/store_picture.ts";
import type { Transaction } from "../transaction.ts";
import { type CourseChange, refuseBlankTitle, requireCategory } from "./change_course.ts";
import { parsePrice } from "./course_price.ts";
import type { Authoring, Transliterate } from "./ports.ts";
import { requireReady } from "./publish_course.ts";
import { requireTutor } from "./rights.ts";
import { courseSlugs } from "./slugs.ts";
import type { Needs } from "../needs.ts";

type Deps = Needs<typeof storePicture> & {
  transliterate: Transliterate;
  /** The currency of new courses. */
  shopCurrency: string;
  transaction: Transaction<{ authoring: Authoring; audit: AuditLog }>;
};

/**
 * Creates a course with the caller as its tutor, for tutors and administrators. Courses with the same title get
 * different slugs.
 */
export async function createCourse(
  deps: Deps,
  input: {
    caller: Caller;
    course: CourseChange & { title: string };
    thumbnail?: Uint8Array;
    isGone?(): boolean;
    requestId: string;
  },
): Promise<{ id: string; slug: string }> {
  requireTutor(input.caller);
  const { price = "0", ...fields } = input.course;
  refuseBlankTitle(fields);
  const priceAmount = parsePrice(price, deps.shopCurrency);
  const picture = input.thumbnail &&
    await storePicture(deps, {
      kind: "course_thumbnail",
      bytes: input.thumbnail,
      sender: { id: input.caller.id, isGone: input.isGone },
    });
  const slugs = await courseSlugs(fields.title, deps.transliterate);
  return await deps.transaction(async ({ authoring, audit }) => {
    if (fields.categoryId) await requireCategory(authoring, fields.categoryId);
    const course = await authoring.addCourse({
      ...fields,
      priceAmount,
      currency: deps.shopCurrency,
      ...(picture ? { thumbnailKey: picture.key } : {}),
      slugs,
      tutorId: input.caller.id,
    });
    if (fields.isPublished) await requireReady(authoring, course.id);
    await noteAdministrator(audit, input.caller, {
      action: "course.create",
      subject: { type: "course", id: course.id },
      after: { ...input.course },
      requestId: input.requestId,
    });
    return course;
  });
}
