import type { AuditLog } from "../domain/audit/ports.ts";
import { changeCourse, type CourseChange } from "../domain/authoring/change_course.ts";
import type { Authoring } from "../domain/authoring/ports.ts";
import type { Catalogue } from "../domain/catalog/ports.ts";
import { showCourse } from "../domain/catalog/show_course.ts";
import { DomainError } from "../domain/errors.ts";
import type { Files, Pictures } from "../domain/media/ports.ts";
import type { Transaction } from "../domain/transaction.ts";
import type { CourseChange as WireChange } from "../openapi/generated/types.gen.ts";
import { toDetail } from "./courses.ts";
import type { Handlers } from "./contract_app.ts";

type Deps = {
  catalogue: Catalogue;
  authoring: Authoring;
  pictures: Pictures;
  files: Files;
  newName: () => string;
  transaction: Transaction<{ authoring: Authoring; audit: AuditLog }>;
};

/** Making courses. */
export const authoringRoutes = (deps: Deps): Handlers<"updateCourse"> => ({
  async updateCourse({ params, body, files, caller, origin, requestId }) {
    const { id } = await changeCourse(deps, {
      caller,
      slugOrId: params.slug,
      change: toCourseChange(body),
      thumbnail: files.thumbnail?.bytes,
      requestId,
    });
    return { status: 200, body: toDetail(origin, await showCourse(deps, { slugOrId: id, viewer: caller })) };
  },
});

function toCourseChange({ category, price, is_published: isPublished, ...same }: WireChange): CourseChange {
  return withoutUndefined({
    ...same,
    categoryId: category === undefined ? undefined : categoryId(category),
    price: price === undefined ? undefined : String(price),
    isPublished,
  });
}

/** The frontend sends ids back as text, and blank text for no category. */
function categoryId(category: string | number | null): number | null {
  if (category === null || category === "") return null;
  const id = Number(category);
  if (Number.isInteger(id) && id > 0 && id < 2 ** 31) return id;
  throw new DomainError("invalid_input", "Choose one of the categories.", {
    fields: { category: ["There is no such category."] },
  });
}

function withoutUndefined<Fields extends object>(
  fields: Fields,
): { [Key in keyof Fields]?: Exclude<Fields[Key], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as never;
}
