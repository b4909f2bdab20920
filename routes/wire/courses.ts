import type { Caller } from "../../domain/accounts/ports.ts";
import { shownName, wholeName } from "../../domain/accounts/shown_name.ts";
import type {
  Course,
  CourseListing,
  Enrollment,
  LessonHeading,
  PartWithLessons,
} from "../../domain/catalog/ports.ts";
import { type CourseView, keepsCourse } from "../../domain/catalog/show_course.ts";
import { decimalAmount } from "../../domain/money.ts";
import type {
  Course as WireCourse,
  CourseDetail as WireDetail,
  CourseListing as WireListing,
  Enrollment as WireEnrollment,
  LessonHeading as WireLesson,
  Part as WirePart,
} from "../../openapi/generated/server/types.gen.ts";
import { toWireSummary } from "./course_progress.ts";
import { clockDuration, spokenDuration } from "./duration.ts";
import { mediaUrl, thumbnailUrl } from "./pictures.ts";

/** Converts a course to the wire's shape in lists. */
export function toListing(origin: string, course: CourseListing, viewer: Caller | null): WireListing {
  return { ...toCourse(origin, course, keepsCourse(course, viewer)), parts: course.parts };
}

/** Converts a whole course to the wire's shape; video ids only for its tutors and administrators. */
export function toDetail(origin: string, { course, isKept }: CourseView): WireDetail {
  return {
    ...toCourse(origin, course, isKept),
    objectives: course.objectives,
    requirements: course.requirements,
    parts: course.parts.map((part) => toPart(part, isKept)),
  };
}

export function toPart(part: PartWithLessons, showsVideoIds: boolean): WirePart {
  return { ...part, lessons: part.lessons.map((lesson) => toLessonHeading(lesson, showsVideoIds)) };
}

function toLessonHeading(lesson: LessonHeading, showsVideoIds: boolean): WireLesson {
  const { videoId, isFreePreview } = lesson;
  return {
    id: lesson.id,
    slug: lesson.slug,
    title: lesson.title,
    description: lesson.description,
    order: lesson.order,
    duration: clockDuration(lesson.durationSeconds),
    is_free_preview: isFreePreview,
    created_at: lesson.createdAt.toISOString(),
    ...(showsVideoIds
      ? {
        video_service_id: videoId,
        // The names in the frontend's edit page.
        isFreePreview,
        videoServiceId: videoId,
        uploadStatus: videoId === null ? "idle" : "completed",
      }
      : {}),
  };
}

export function toEnrollment(
  origin: string,
  { id, enrolledAt, student, course }: Enrollment,
  viewer: Caller,
): WireEnrollment {
  return {
    id,
    student: {
      id: student.id,
      email: student.email,
      first_name: student.firstName,
      last_name: student.lastName,
      role: student.role,
      is_email_verified: student.isEmailVerified,
      created_at: student.createdAt.toISOString(),
      updated_at: student.updatedAt.toISOString(),
    },
    enrolled_at: enrolledAt.toISOString(),
    course: toListing(origin, course, viewer),
  };
}

// The frontend prints a stray 0 if the rating or the number of students is 0, "Free" only if the price is the number
// 0, and the progress unchanged. A course's editors count as enrolled, because the frontend plays lessons to nobody
// else and offers everybody else to buy them.
function toCourse(origin: string, course: Course, isKept: boolean): WireCourse {
  const [tutor] = course.tutors;
  const isFree = course.price.amount === 0n;
  const isEnrolled = course.isEnrolled || isKept;
  const progress = course.progress && toWireSummary(course.progress);
  return {
    id: course.id,
    slug: course.slug,
    title: course.title,
    description: course.description,
    price: isFree ? 0 : decimalAmount(course.price),
    currency: course.price.currency,
    is_free: isFree,
    thumbnail: thumbnailUrl(origin, course.thumbnailKey),
    category: course.category,
    tutors: course.tutors.map(({ id, email, ...name }) => {
      const { firstName, lastName } = shownName(name);
      return { id, first_name: firstName, last_name: lastName, email };
    }),
    tutor: tutor ? { name: wholeName(tutor), avatar: mediaUrl(origin, tutor.avatarKey) } : null,
    level: course.level,
    language: course.language,
    duration: spokenDuration(course.durationSeconds),
    rating: course.rating,
    rating_count: course.ratingCount,
    ...(course.studentCount > 0 ? { enrolledStudents: course.studentCount } : {}),
    is_published: course.isPublished,
    is_archived: course.isArchived,
    is_enrolled: isEnrolled,
    isEnrolled,
    ...(progress ? { progress: progress.percent } : {}),
    course_progress: progress,
    created_at: course.createdAt.toISOString(),
    updated_at: course.updatedAt.toISOString(),
  };
}
