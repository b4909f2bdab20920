import type { Catalogue } from "../domain/catalog/ports.ts";
import { showCourse, showPart } from "../domain/catalog/show_course.ts";
import { DomainError } from "../domain/errors.ts";
import type { Handlers } from "./contract_app.ts";
import { toDetail, toEnrollment, toLessonHeading, toListing, toPart } from "./courses.ts";
import { mediaUrl } from "./media.ts";
import { pageOf, rangeOf, sliceOf } from "./pages.ts";

type Deps = { catalogue: Catalogue };
type Operations =
  | "listUniversities"
  | "listCourses"
  | "getCourse"
  | "listParts"
  | "getPart"
  | "listLessons"
  | "listEnrollments"
  | "getEnrollment";

/** What is on sale, and what one has bought. */
export const catalogRoutes = (deps: Deps): Handlers<Operations> => ({
  async listUniversities(request) {
    const { count, universities } = await deps.catalogue.universities(rangeOf(request.query));
    const results = universities.map((university) => ({
      id: university.id,
      name: university.name,
      description: university.description,
      logo: mediaUrl(request.origin, university.logoKey),
      website: university.website,
      country: university.country,
      city: university.city,
      location: university.location,
      global_rank: university.globalRank,
      country_rank: university.countryRank,
      created_at: university.createdAt.toISOString(),
      updated_at: university.updatedAt.toISOString(),
    }));
    return { status: 200, body: pageOf(request, count, results) };
  },

  async listCourses(request) {
    const { count, courses } = await deps.catalogue.onSale(
      request.caller?.id ?? null,
      rangeOf(request.query),
    );
    return {
      status: 200,
      body: pageOf(request, count, courses.map((course) => toListing(request.origin, course))),
    };
  },

  async getCourse({ params, caller, origin }) {
    const view = await showCourse(deps, { slugOrId: params.slug, viewer: caller });
    return { status: 200, body: toDetail(origin, view) };
  },

  async listParts(request) {
    const { course, showsVideoIds } = await showCourse(deps, {
      slugOrId: request.query.course,
      viewer: request.caller,
    });
    const results = sliceOf(request.query, course.parts).map((part) => toPart(part, showsVideoIds));
    return { status: 200, body: pageOf(request, course.parts.length, results) };
  },

  async getPart({ params, caller }) {
    const { part, showsVideoIds } = await showPart(deps, { slugOrId: params.slug, viewer: caller });
    return { status: 200, body: toPart(part, showsVideoIds) };
  },

  async listLessons(request) {
    const { part, showsVideoIds } = await showPart(deps, {
      slugOrId: request.query.part,
      viewer: request.caller,
    });
    const results = sliceOf(request.query, part.lessons).map((lesson) =>
      toLessonHeading(lesson, showsVideoIds)
    );
    return { status: 200, body: pageOf(request, part.lessons.length, results) };
  },

  async listEnrollments(request) {
    const { count, enrollments } = await deps.catalogue.enrollments(
      request.caller.id,
      rangeOf(request.query),
    );
    const results = enrollments.map((enrollment) => toEnrollment(request.origin, enrollment));
    return { status: 200, body: pageOf(request, count, results) };
  },

  async getEnrollment({ params, caller, origin }) {
    const enrollment = await deps.catalogue.enrollment(caller.id, params.id);
    if (!enrollment) throw new DomainError("not_found", "There is no such enrollment of yours.");
    return { status: 200, body: toEnrollment(origin, enrollment) };
  },
});
