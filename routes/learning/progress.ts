import { showCourseProgress } from "../../domain/learning/course_progress.ts";
import { reportProgress, showProgress } from "../../domain/learning/lesson_progress.ts";
import type { LessonProgress } from "../../domain/learning/ports.ts";
import type { LessonProgress as WireProgress } from "../../openapi/generated/server/types.gen.ts";
import type { Handlers } from "../http/contract_app.ts";
import { toWireSummary } from "../wire/course_progress.ts";
import type { Needs } from "../../domain/needs.ts";

type Deps = Needs<typeof showCourseProgress | typeof reportProgress | typeof showProgress>;

/** Serves students' progress. */
export const progressRoutes = (
  deps: Deps,
): Handlers<"getLessonProgress" | "saveLessonProgress" | "getCourseProgress"> => ({
  async getLessonProgress({ params, caller }) {
    const { lesson, progress } = await showProgress(deps, { caller, slugOrId: params.slug });
    return { status: 200, body: toWireProgress(lesson, progress) };
  },

  async saveLessonProgress({ params, body, caller }) {
    const { lesson, progress } = await reportProgress(deps, {
      caller,
      slugOrId: params.slug,
      report: {
        positionSeconds: body.position_seconds,
        watchedSeconds: body.watched_seconds,
        isCompleted: body.completed,
      },
    });
    return { status: 200, body: toWireProgress(lesson, progress) };
  },

  async getCourseProgress({ params, caller }) {
    const { course, progress } = await showCourseProgress(deps, { caller, slugOrId: params.slug });
    return {
      status: 200,
      body: {
        course: course.id,
        ...toWireSummary(progress),
        lessons: progress.lessons.map((lesson) =>
          toWireProgress({ id: lesson.lessonId, slug: lesson.slug }, lesson)
        ),
      },
    };
  },
});

function toWireProgress(lesson: { id: string; slug: string }, progress: LessonProgress | null): WireProgress {
  return {
    lesson: lesson.id,
    slug: lesson.slug,
    position_seconds: progress?.positionSeconds ?? 0,
    watched_seconds: progress?.watchedSeconds ?? 0,
    completed: Boolean(progress?.completedAt),
    completed_at: progress?.completedAt?.toISOString() ?? null,
    updated_at: progress?.updatedAt.toISOString() ?? null,
  };
}
