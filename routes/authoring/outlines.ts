import {
  addLesson,
  addPart,
  changeLesson,
  changePart,
  removeLesson,
  removePart,
} from "../../domain/authoring/change_outline.ts";
import type { Lesson, Part } from "../../domain/authoring/ports.ts";
import type {
  LessonFields as WireFields,
  OwnLesson,
  OwnPart,
} from "../../openapi/generated/server/types.gen.ts";
import type { Handlers } from "../http/contract_app.ts";
import { clockDuration, durationSeconds } from "../wire/duration.ts";
import { onlyGiven } from "../http/given.ts";
import type { Needs } from "../../domain/needs.ts";

type Deps = Needs<typeof addPart>;

/** Serves the creation of parts and lessons. */
export const outlineRoutes = (
  deps: Deps,
): Handlers<
  "createPart" | "updatePart" | "deletePart" | "createLesson" | "updateLesson" | "deleteLesson"
> => ({
  async createPart({ body, caller, requestId }) {
    const { course, title = "", description = "", order = null } = body;
    const part = await addPart(deps, { caller, course, part: { title, description, order }, requestId });
    return { status: 201, body: toWirePart(part) };
  },

  async updatePart({ params, body, caller, requestId }) {
    const part = await changePart(deps, {
      caller,
      slugOrId: params.slug,
      change: onlyGiven(body),
      requestId,
    });
    return { status: 200, body: toWirePart(part) };
  },

  async deletePart({ params, caller, requestId }) {
    await removePart(deps, { caller, slugOrId: params.slug, requestId });
    return { status: 204, body: undefined };
  },

  async createLesson({ body, caller, requestId }) {
    const { part, ...fields } = body;
    const lesson = await addLesson(deps, {
      caller,
      part,
      lesson: {
        title: "",
        description: "",
        order: null,
        isFreePreview: false,
        videoId: null,
        durationSeconds: null,
        ...toLessonFields(fields),
      },
      requestId,
    });
    return { status: 201, body: toWireLesson(lesson) };
  },

  async updateLesson({ params, body, caller, requestId }) {
    const { part, ...fields } = body;
    const lesson = await changeLesson(deps, {
      caller,
      slugOrId: params.slug,
      change: onlyGiven({ ...toLessonFields(fields), part }),
      requestId,
    });
    return { status: 200, body: toWireLesson(lesson) };
  },

  async deleteLesson({ params, caller, requestId }) {
    await removeLesson(deps, { caller, slugOrId: params.slug, requestId });
    return { status: 204, body: undefined };
  },
});

function toLessonFields(fields: WireFields) {
  const { title, description, order, is_free_preview, video_service_id, duration } = fields;
  return onlyGiven({
    title,
    description,
    order,
    isFreePreview: is_free_preview,
    videoId: video_service_id === "" ? null : video_service_id,
    durationSeconds: duration === undefined ? undefined : durationSeconds(duration),
  });
}

function toWirePart(part: Part): OwnPart {
  return {
    id: part.id,
    slug: part.slug,
    title: part.title,
    description: part.description,
    order: part.order,
    created_at: part.createdAt.toISOString(),
  };
}

function toWireLesson(lesson: Lesson): OwnLesson {
  return {
    id: lesson.id,
    part: lesson.partId,
    slug: lesson.slug,
    title: lesson.title,
    description: lesson.description,
    order: lesson.order,
    duration: clockDuration(lesson.durationSeconds),
    is_free_preview: lesson.isFreePreview,
    video_service_id: lesson.videoId,
    created_at: lesson.createdAt.toISOString(),
  };
}
