import { changeCourse, type CourseChange } from "../../domain/authoring/change_course.ts";
import { createCourse } from "../../domain/authoring/create_course.ts";
import { duplicateCourse } from "../../domain/authoring/duplicate_course.ts";
import { previewCourse } from "../../domain/authoring/preview_course.ts";
import { showChecklist } from "../../domain/authoring/publish_course.ts";
import { removeCourse } from "../../domain/authoring/remove_course.ts";
import { reorderCourse } from "../../domain/authoring/reorder_course.ts";
import type { Caller } from "../../domain/accounts/ports.ts";
import { showCourse } from "../../domain/catalog/show_course.ts";
import { DomainError } from "../../domain/errors.ts";
import type { CourseChange as WireChange } from "../../openapi/generated/server/types.gen.ts";
import { toDetail } from "../wire/courses.ts";
import type { Handlers } from "../http/contract_app.ts";
import { changeOf } from "../http/given.ts";
import type { Needs } from "../../domain/needs.ts";

type Deps = Needs<
  | typeof changeCourse
  | typeof createCourse
  | typeof duplicateCourse
  | typeof previewCourse
  | typeof removeCourse
  | typeof reorderCourse
  | typeof showChecklist
  | typeof showCourse
>;

type Operation =
  | "createCourse"
  | "updateCourse"
  | "deleteCourse"
  | "getCourseChecklist"
  | "duplicateCourse"
  | "previewCourse"
  | "reorderCourse";

/** Serves the creation and publication of courses. */
export const authoringRoutes = (deps: Deps): Handlers<Operation> => {
  const detail = async (origin: string, id: string, viewer: Caller) =>
    toDetail(origin, await showCourse(deps, { slugOrId: id, viewer }));

  return {
    async createCourse({ body, files, caller, origin, requestId, isGone }) {
      const { id } = await createCourse(deps, {
        caller,
        course: { ...toCourseChange(body), title: body.title },
        thumbnail: files.thumbnail?.bytes,
        requestId,
        isGone,
      });
      return { status: 201, body: await detail(origin, id, caller) };
    },

    async updateCourse({ params, body, files, caller, origin, requestId, isGone }) {
      const { id } = await changeCourse(deps, {
        caller,
        slugOrId: params.slug,
        change: toCourseChange(body),
        thumbnail: files.thumbnail?.bytes,
        requestId,
        isGone,
      });
      return { status: 200, body: await detail(origin, id, caller) };
    },

    async deleteCourse({ params, caller, requestId }) {
      await removeCourse(deps, { caller, slugOrId: params.slug, requestId });
      return { status: 204, body: undefined };
    },

    async getCourseChecklist({ params, caller }) {
      const items = await showChecklist(deps, { caller, slugOrId: params.slug });
      return {
        status: 200,
        body: {
          can_be_published: items.every((item) => item.isDone || !item.isRequired),
          is_complete: items.every((item) => item.isDone),
          items: items.map(({ key, isDone, isRequired, advice, lessons }) => ({
            key,
            is_done: isDone,
            is_required: isRequired,
            advice,
            lessons,
          })),
        },
      };
    },

    async duplicateCourse({ params, caller, origin, requestId }) {
      const { id } = await duplicateCourse(deps, { caller, slugOrId: params.slug, requestId });
      return { status: 201, body: await detail(origin, id, caller) };
    },

    async previewCourse({ params, caller, origin }) {
      const view = await previewCourse(deps, { caller, slugOrId: params.slug });
      return { status: 200, body: toDetail(origin, view) };
    },

    async reorderCourse({ params, body, caller, origin, requestId }) {
      const { id } = await reorderCourse(deps, {
        caller,
        slugOrId: params.slug,
        outline: body.parts,
        requestId,
      });
      return { status: 200, body: await detail(origin, id, caller) };
    },
  };
};

function toCourseChange({ category, price, is_published: isPublished, ...same }: WireChange): CourseChange {
  return changeOf<CourseChange>()({
    ...same,
    categoryId: category === undefined ? undefined : categoryId(category),
    price: price === undefined ? undefined : String(price),
    isPublished,
  });
}

/** Reads a category's id. The frontend sends ids as text, and empty text for no category. */
function categoryId(category: string | number | null): number | null {
  if (category === null || category === "") return null;
  const id = Number(category);
  if (Number.isInteger(id) && id > 0 && id < 2 ** 31) return id;
  throw new DomainError("invalid_input", "Choose one of the existing categories.", {
    fields: { category: ["There is no such category."] },
  });
}
