import type { Caller } from "../accounts/ports.ts";
import { noteAdministrator } from "../audit/note_administrator.ts";
import type { AuditLog } from "../audit/ports.ts";
import { DomainError, orNotFound } from "../errors.ts";
import type { VideoLibrary } from "../media/ports.ts";
import type { Transaction } from "../transaction.ts";
import { requireVideo } from "./course_video.ts";
import type {
  Authoring,
  Lesson,
  LessonFields,
  Outlines,
  OwnLesson,
  OwnPart,
  Part,
  PartFields,
  Transliterate,
} from "./ports.ts";
import { lockAuthored, requireAuthor } from "./rights.ts";
import { slugFor } from "./slugs.ts";

type Stores = { authoring: Authoring; outlines: Outlines; videoLibrary: VideoLibrary; audit: AuditLog };
type Deps = {
  authoring: Authoring;
  outlines: Outlines;
  transliterate: Transliterate;
  transaction: Transaction<Stores>;
};
type Request = { caller: Caller; requestId: string };

/** Adds a part to a course. */
export async function addPart(
  deps: Deps,
  input: Request & { course: string; part: Omit<PartFields, "order"> & { order: number | null } },
): Promise<Part> {
  const { caller } = input;
  const course = requireAuthor(caller, await deps.authoring.course(input.course, caller.id));
  const slugs = [await slugFor(input.part.title, "part", deps.transliterate)];
  return await inCourse(
    deps,
    input,
    course.id,
    "part.create",
    ({ outlines }) => outlines.addPart({ ...input.part, courseId: course.id, slugs }),
  );
}

/**
 * Adds a lesson to a part. Its slug is the one that the frontend derives from its title, if that is free. A video
 * must be the caller's or the course's. Its length, if known, becomes the lesson's unless another is given.
 */
export async function addLesson(
  deps: Deps,
  input: Request & { part: string; lesson: Omit<LessonFields, "order"> & { order: number | null } },
): Promise<Lesson> {
  const { caller } = input;
  const part = requireAuthor(caller, await deps.outlines.part(input.part, caller.id), "part");
  const { courseId } = part;
  const slugs = [await slugFor(input.lesson.title, "lesson", deps.transliterate)];
  return await inCourse(deps, input, courseId, "lesson.create", async ({ outlines, videoLibrary }) => {
    orNotFound(await outlines.part(part.id, caller.id), "part"); // it may have gone before the course was locked
    const { videoId } = input.lesson;
    const length = videoId === null ? null : await requireVideo(videoLibrary, { videoId, courseId, caller });
    const durationSeconds = input.lesson.durationSeconds ?? length;
    return await outlines.addLesson({ ...input.lesson, durationSeconds, partId: part.id, slugs });
  });
}

/** Changes the given fields of a part; its slug stays. Without fields it changes nothing and takes one query. */
export async function changePart(
  deps: Deps,
  input: Request & { slugOrId: string; change: Partial<PartFields> },
): Promise<Part> {
  const part = await ownPart(deps, input);
  if (Object.keys(input.change).length === 0) return part;
  return await inCourse(deps, input, part.courseId, "part.change", async ({ outlines }) => {
    return orNotFound(await outlines.changePart(part.id, input.change), "part");
  }, { ...input.change });
}

/**
 * Changes the given fields of a lesson; its slug stays. `part` moves it to another part of the same course. Without
 * fields it changes nothing and takes one query.
 */
export async function changeLesson(
  deps: Deps,
  input: Request & { slugOrId: string; change: Partial<LessonFields> & { part?: string } },
): Promise<Lesson> {
  const lesson = await ownLesson(deps, input);
  const { courseId } = lesson;
  const { part: asked, ...change } = input.change;
  const part = asked === undefined ? null : await partOf(deps, input.caller, { slugOrId: asked, courseId });
  const moved = part !== null && part.id !== lesson.partId;
  if (Object.keys(change).length === 0 && !moved) return lesson;
  return await inCourse(deps, input, courseId, "lesson.change", async ({ outlines, videoLibrary }) => {
    if (moved) orNotFound(await outlines.part(part.id, input.caller.id), "part"); // perhaps removed before the lock
    const { videoId } = change;
    const isNewVideo = videoId !== undefined && videoId !== null && videoId !== lesson.videoId;
    const length = isNewVideo
      ? await requireVideo(videoLibrary, { videoId, courseId, caller: input.caller })
      : null;
    const changed = await outlines.changeLesson(lesson.id, {
      ...change,
      ...(length === null ? {} : { durationSeconds: change.durationSeconds ?? length }),
      ...(moved ? { partId: part.id } : {}),
    });
    return orNotFound(changed, "lesson");
  }, { ...input.change });
}

/** Returns a part of the course by slug or id. */
async function partOf(
  { outlines }: Deps,
  caller: Caller,
  { slugOrId, courseId }: { slugOrId: string; courseId: string },
): Promise<OwnPart> {
  const part = await outlines.part(slugOrId, caller.id);
  if (part?.courseId === courseId) return part;
  throw new DomainError("invalid_input", "Choose a part of the same course.", {
    fields: { part: ["There is no such part in this course."] },
  });
}

/**
 * Deletes a part with its lessons. Students' progress in them no longer counts, neither as watched nor as unwatched.
 */
export async function removePart(deps: Deps, input: Request & { slugOrId: string }): Promise<void> {
  const part = await ownPart(deps, input);
  await inCourse(deps, input, part.courseId, "part.delete", ({ outlines }) => outlines.deletePart(part.id), {
    title: part.title,
  });
}

/** Deletes a lesson. Students' progress in it no longer counts, neither as watched nor as unwatched. */
export async function removeLesson(deps: Deps, input: Request & { slugOrId: string }): Promise<void> {
  const lesson = await ownLesson(deps, input);
  await inCourse(
    deps,
    input,
    lesson.courseId,
    "lesson.delete",
    ({ outlines }) => outlines.deleteLesson(lesson.id),
    { title: lesson.title, videoId: lesson.videoId },
  );
}

async function ownPart(deps: Deps, input: { caller: Caller; slugOrId: string }): Promise<OwnPart> {
  return requireAuthor(input.caller, await deps.outlines.part(input.slugOrId, input.caller.id), "part");
}

async function ownLesson(deps: Deps, input: { caller: Caller; slugOrId: string }): Promise<OwnLesson> {
  return requireAuthor(input.caller, await deps.outlines.lesson(input.slugOrId, input.caller.id), "lesson");
}

/**
 * Performs a change under the course's lock. Records that the course changed, and in the audit log what an
 * administrator did.
 */
async function inCourse<Result>(
  deps: Deps,
  { caller, requestId }: Request,
  courseId: string,
  action: string,
  work: (stores: Stores) => Promise<Result>,
  details: Record<string, unknown> = {},
): Promise<Result> {
  return await deps.transaction(async (stores) => {
    await lockAuthored(stores.authoring, caller, courseId);
    const result = await work(stores);
    await stores.authoring.touchCourse(courseId);
    await noteAdministrator(stores.audit, caller, {
      action,
      subject: { type: "course", id: courseId },
      after: details,
      requestId,
    });
    return result;
  });
}
