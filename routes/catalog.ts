import type {
  Catalogue,
  Course,
  CourseDetail,
  CourseListing,
  LessonHeading,
} from "../domain/catalog/ports.ts";
import { showCourse } from "../domain/catalog/show_course.ts";
import { decimalAmount } from "../domain/money.ts";
import type {
  CourseDetail as WireDetail,
  CourseListing as WireListing,
  LessonHeading as WireLesson,
} from "../openapi/generated/types.gen.ts";
import type { Handlers } from "./contract_app.ts";
import { clockDuration } from "./duration.ts";
import { mediaUrl } from "./media.ts";
import { pageOf, rangeOf } from "./pages.ts";

type Deps = { catalogue: Catalogue };

/** What is on sale, and what one has bought. */
export const catalogRoutes = (
  deps: Deps,
): Handlers<"listCategories" | "listUniversities" | "listCourses" | "getCourse" | "listEnrollments"> => ({
  async listCategories() {
    const results = await deps.catalogue.categories();
    return { status: 200, body: { count: results.length, next: null, previous: null, results } };
  },

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
    const { count, courses } = await deps.catalogue.published(
      request.caller?.id ?? null,
      rangeOf(request.query),
    );
    return {
      status: 200,
      body: pageOf(request, count, courses.map((course) => toListing(request.origin, course))),
    };
  },

  async getCourse({ params, caller, origin }) {
    const shown = await showCourse(deps, { slugOrId: params.slug, viewer: caller });
    return { status: 200, body: toDetail(origin, shown) };
  },

  async listEnrollments(request) {
    const { count, enrollments } = await deps.catalogue.enrollments(
      request.caller.id,
      rangeOf(request.query),
    );
    const results = enrollments.map(({ id, enrolledAt, course }) => ({
      id,
      enrolled_at: enrolledAt.toISOString(),
      course: toListing(request.origin, course),
    }));
    return { status: 200, body: pageOf(request, count, results) };
  },
});

function toCourse(origin: string, course: Course) {
  return {
    id: course.id,
    slug: course.slug,
    title: course.title,
    description: course.description,
    price: decimalAmount(course.price),
    currency: course.price.currency,
    is_free: course.price.amount === 0n,
    thumbnail: mediaUrl(origin, course.thumbnailKey),
    category: course.category,
    tutors: course.tutors.map((tutor) => ({
      id: tutor.id,
      first_name: tutor.firstName,
      last_name: tutor.lastName,
      email: tutor.email,
    })),
    is_published: course.isPublished,
    is_enrolled: course.isEnrolled,
    created_at: course.createdAt.toISOString(),
    updated_at: course.updatedAt.toISOString(),
  };
}

/** A course with its parts and lessons as the wire has it. */
export function toDetail(
  origin: string,
  { course, showsVideoIds }: { course: CourseDetail; showsVideoIds: boolean },
): WireDetail {
  const parts = course.parts.map((part) => ({
    ...part,
    lessons: part.lessons.map((lesson) => toLessonHeading(lesson, showsVideoIds)),
  }));
  return { ...toCourse(origin, course), parts };
}

function toListing(origin: string, course: CourseListing): WireListing {
  return { ...toCourse(origin, course), parts: course.parts };
}

function toLessonHeading(lesson: LessonHeading, showsVideoIds: boolean): WireLesson {
  return {
    id: lesson.id,
    slug: lesson.slug,
    title: lesson.title,
    description: lesson.description,
    order: lesson.order,
    duration: clockDuration(lesson.durationSeconds),
    is_free_preview: lesson.isFreePreview,
    created_at: lesson.createdAt.toISOString(),
    ...(showsVideoIds ? { video_service_id: lesson.videoId } : {}),
  };
}
