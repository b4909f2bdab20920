import type { Lessons, PlaybackLog, Videos } from "../domain/access/ports.ts";
import { viewLesson } from "../domain/access/view_lesson.ts";
import type { Handlers } from "./contract_app.ts";
import { clockDuration } from "./duration.ts";
import type { RequestLog } from "./transport.ts";

type Deps = { lessons: Lessons; videos: Videos; playbackLog: PlaybackLog; log: RequestLog };

/** Watching. */
export const lessonRoutes = (deps: Deps): Handlers<"getLesson"> => ({
  async getLesson({ params, caller, address, userAgent }) {
    const { lesson, ticket, failure } = await viewLesson(deps, {
      slugOrId: params.slug,
      viewer: caller,
      address,
      userAgent,
    });
    if (failure) {
      deps.log.warn("no video ticket", {
        lessonId: lesson.id,
        reason: failure.message,
        cause: String(failure.cause ?? ""),
      });
    }
    return {
      status: 200,
      body: {
        id: lesson.id,
        slug: lesson.slug,
        title: lesson.title,
        description: lesson.description,
        is_free_preview: lesson.isFreePreview,
        order: lesson.order,
        duration: clockDuration(lesson.durationSeconds),
        created_at: lesson.createdAt.toISOString(),
        ...ticket,
      },
    };
  },
});
