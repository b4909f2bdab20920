import type { Caller } from "../accounts/ports.ts";
import { DomainError, orNotFound } from "../errors.ts";
import { faultOfPrice } from "../pricing/least_charge.ts";
import type { Authoring, Readiness } from "./ports.ts";
import { requireAuthor } from "./rights.ts";
import { isBlank } from "../text.ts";

/** An item of the publishing checklist. */
export type ChecklistItem = {
  key:
    | "title"
    | "price"
    | "description"
    | "category"
    | "thumbnail"
    | "lessons"
    | "lesson_titles"
    | "videos"
    | "free_preview";
  isDone: boolean;
  /** Whether publishing requires it; other items are advice. */
  isRequired: boolean;
  /** How to fix it. */
  advice: string;
  /** Slugs of the lessons concerned. */
  lessons: string[];
};

/** Lists what a course has and lacks. */
function checklist(course: Readiness): ChecklistItem[] {
  const item = (
    key: ChecklistItem["key"],
    isDone: boolean,
    advice: string,
    more: Partial<ChecklistItem> = {},
  ): ChecklistItem => ({ key, isDone, isRequired: false, advice, lessons: [], ...more });
  const faults = course.prices.flatMap((price) => faultOfPrice(price) ?? []);
  return [
    item("title", !isBlank(course.title), "Give the course a title.", { isRequired: true }),
    item("price", faults.length === 0, faults.join(" ") || "Set a price, or leave the course free.", {
      isRequired: true,
    }),
    item("description", !isBlank(course.description), "Describe what the course is about."),
    item("category", course.hasCategory, "Choose a category, so that students find it."),
    item("thumbnail", course.hasThumbnail, "Upload a picture: lists show it."),
    item("lessons", course.lessonCount > 0, "Add at least one lesson."),
    item("lesson_titles", course.lessonsWithoutTitle.length === 0, "Give every lesson a title.", {
      lessons: course.lessonsWithoutTitle,
    }),
    item("videos", course.lessonsWithoutVideo.length === 0, "Upload a video for every lesson.", {
      lessons: course.lessonsWithoutVideo,
    }),
    item(
      "free_preview",
      course.isFree || course.hasFreePreview,
      "Make one lesson a free preview: it lets students see how you teach.",
    ),
  ];
}

/** Returns what a course still lacks, for its tutors and administrators. */
export async function showChecklist(
  deps: { authoring: Authoring },
  input: { caller: Caller; slugOrId: string },
): Promise<ChecklistItem[]> {
  const course = requireAuthor(input.caller, await deps.authoring.course(input.slugOrId, input.caller.id));
  return checklist(orNotFound(await deps.authoring.readiness(course.id), "course"));
}

/**
 * Throws if the course cannot be published: DomainError `course_archived`, or `invalid_input` if it lacks something
 * required.
 */
export async function requireReady(authoring: Authoring, courseId: string): Promise<void> {
  const readiness = orNotFound(await authoring.readiness(courseId), "course");
  if (readiness.isArchived) {
    throw new DomainError(
      "course_archived",
      "This course was taken off sale for good; those who bought it keep it. Duplicate it to sell it again.",
    );
  }
  const missing = checklist(readiness).filter((item) => item.isRequired && !item.isDone);
  if (missing.length === 0) return;
  throw new DomainError("invalid_input", "This course cannot be published yet.", {
    fields: { is_published: missing.map((item) => item.advice) },
  });
}
