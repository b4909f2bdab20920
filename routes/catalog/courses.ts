import { browseCourses } from "../../domain/catalog/browse_courses.ts";
import type { Catalog, CourseFacets, CourseSearch } from "../../domain/catalog/ports.ts";
import { showCourse, showPart } from "../../domain/catalog/show_course.ts";
import { showCourseToBuyer } from "../../domain/catalog/show_course_to_buyer.ts";
import { orNotFound } from "../../domain/errors.ts";
import type { Limits } from "../../domain/limits/ports.ts";
import type { CheckingDeps } from "../../domain/settlement/check_order.ts";
import type { CourseFacets as WireFacets } from "../../openapi/generated/server/types.gen.ts";
import type { Handlers } from "../http/contract_app.ts";
import { toDetail, toEnrollment, toListing, toPart } from "../wire/courses.ts";
import { linkTo, pageOf, rangeOf } from "../http/pages.ts";
import type { RequestLog } from "../http/transport.ts";

type Deps = CheckingDeps & {
  catalog: Catalog;
  courseSearch: CourseSearch;
  limits: Limits;
  log: RequestLog;
};
type Operations =
  | "listCourses"
  | "getCourse"
  | "listParts"
  | "getPart"
  | "listLessons"
  | "listEnrollments"
  | "getEnrollment";

/** Serves the courses on sale, and the caller's enrollments. */
export const catalogRoutes = (deps: Deps): Handlers<Operations> => ({
  async listCourses(request) {
    const { origin, query, caller } = request;
    const { count, courses, nextCursor, facets } = await browseCourses(deps, {
      viewerId: caller?.id ?? null,
      ipAddress: request.ipAddress,
      range: rangeOf(query),
      cursor: query.cursor,
      search: query.search,
      filter: {
        category: query.category || undefined,
        tutorId: query.tutor || undefined,
        priceMin: query.price_min,
        priceMax: query.price_max,
        isFree: query.is_free,
        level: query.level,
        language: query.language,
      },
      ordering: query.ordering,
      wantsHighlights: query.highlight,
      wantsFacets: query.facets,
    });
    const results = courses.map(({ highlights, ...course }) => ({
      ...toListing(origin, course, caller),
      ...(highlights ? { highlights } : {}),
    }));
    const page = query.cursor === undefined ? pageOf(request, count, results) : {
      count,
      next: nextCursor === null ? null : linkTo(request, { page: undefined, cursor: nextCursor }),
      previous: null,
      results,
    };
    return { status: 200, body: { ...page, ...(facets ? { facets: toWireFacets(facets) } : {}) } };
  },

  async getCourse({ params, caller, origin, requestId }) {
    const onFailure = (error: unknown) =>
      deps.log.error("payment check failed", { requestId, error: String(error) });
    const view = await showCourseToBuyer({ ...deps, onFailure }, { slugOrId: params.slug, viewer: caller });
    const { id, tutors, category } = view.course;
    const tags = {
      course: [id],
      tutor: tutors.map((tutor) => tutor.id),
      category: category ? [category.id] : [],
    };
    return { status: 200, body: toDetail(origin, view), tags };
  },

  async listParts({ query, caller }) {
    const { course, isKept } = await showCourse(deps, { slugOrId: query.course, viewer: caller });
    return {
      status: 200,
      body: course.parts.map((part) => toPart(part, isKept)),
      tags: { course: [course.id] },
    };
  },

  async getPart({ params, caller }) {
    const { course, part, isKept } = await showPart(deps, { slugOrId: params.slug, viewer: caller });
    return { status: 200, body: toPart(part, isKept), tags: { course: [course.id] } };
  },

  async listLessons({ query, caller }) {
    const { course, part, isKept } = await showPart(deps, { slugOrId: query.part, viewer: caller });
    return { status: 200, body: toPart(part, isKept).lessons, tags: { course: [course.id] } };
  },

  async listEnrollments(request) {
    const { count, enrollments } = await deps.catalog.enrollments(
      request.caller.id,
      rangeOf(request.query),
    );
    const results = enrollments.map((enrollment) => toEnrollment(request.origin, enrollment, request.caller));
    return { status: 200, body: pageOf(request, count, results) };
  },

  async getEnrollment({ params, caller, origin }) {
    const enrollment = orNotFound(await deps.catalog.enrollment(caller.id, params.id), "enrollment of yours");
    return { status: 200, body: toEnrollment(origin, enrollment, caller) };
  },
});

function toWireFacets({ isFree, ...rest }: CourseFacets): WireFacets {
  return { ...rest, is_free: isFree };
}
