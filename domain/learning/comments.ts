import type { Lessons } from "../playback/ports.ts";
import type { Caller } from "../accounts/ports.ts";
import { noteAdministrator } from "../audit/note_administrator.ts";
import type { AuditLog } from "../audit/ports.ts";
import { mayAuthor } from "../authoring/rights.ts";
import { DomainError, orNotFound } from "../errors.ts";
import type { Transaction } from "../transaction.ts";
import { watchableLesson } from "./lesson_progress.ts";
import type { Comment, Comments, CommentThread } from "./ports.ts";
import { tidyText } from "../text.ts";
import type { Range } from "../range.ts";

type Deps = { lessons: Lessons; comments: Comments };
type WritingDeps = Deps & { transaction: Transaction<{ comments: Comments; audit: AuditLog }> };

/** Lists the comments on a lesson, for people who may watch it. */
export async function listComments(
  deps: Deps,
  input: { viewer: Caller | null; lesson: string; range: Range },
): Promise<{ count: number; threads: CommentThread[]; moderates: boolean }> {
  const lesson = await watchableLesson(deps, { slugOrId: input.lesson, viewer: input.viewer });
  const moderates = mayAuthor(input.viewer, lesson.access.viewerTeaches);
  return { ...await deps.comments.threads(lesson.id, input.range, moderates), moderates };
}

/** Writes a comment on a lesson, or a reply to one, for people who may watch it. */
export async function writeComment(
  deps: Deps,
  input: { caller: Caller; lesson: string; parentId: string | null; content: string },
): Promise<Comment> {
  const lesson = await watchableLesson(deps, { slugOrId: input.lesson, viewer: input.caller });
  const comment = await deps.comments.add({
    lessonId: lesson.id,
    authorId: input.caller.id,
    parentId: input.parentId,
    content: requireContent(input.content),
  });
  if (!comment) {
    throw new DomainError("invalid_input", "The comment you are replying to no longer exists.", {
      fields: { parent: ["There is no such comment on this lesson."] },
    });
  }
  return comment;
}

/** Returns one comment, for people who may watch its lesson. */
export async function showComment(
  deps: Deps,
  input: { viewer: Caller | null; id: string },
): Promise<{ comment: Comment; moderates: boolean }> {
  const comment = orNotFound(await deps.comments.find(input.id), "comment");
  const { viewer } = input;
  const lesson = await watchableLesson(deps, { slugOrId: comment.lessonId, viewer, what: "comment" });
  return { comment, moderates: mayAuthor(viewer, lesson.access.viewerTeaches) };
}

/** Changes the caller's own comment. Tutors may hide or show comments on their courses, administrators on all. */
export async function changeComment(
  deps: WritingDeps,
  input: { caller: Caller; id: string; content?: string; isHidden?: boolean; requestId: string },
): Promise<{ comment: Comment; moderates: boolean }> {
  const { caller, content, isHidden, requestId } = input;
  const { comment, moderates } = await showComment(deps, { viewer: caller, id: input.id });
  orNotFound(!comment.isDeleted, "comment");
  if (content !== undefined) refuseEditing(comment, caller);
  if (isHidden !== undefined && !moderates) {
    throw new DomainError("forbidden", "Only the course's tutors and administrators may hide comments.");
  }
  const changed = await deps.transaction(async ({ comments, audit }) => {
    let latest: Comment | null = comment;
    if (content !== undefined) latest = await comments.change(comment.id, requireContent(content));
    if (isHidden !== undefined) {
      latest = await comments.hide(comment.id, isHidden ? caller.id : null);
      await noteAdministrator(audit, caller, {
        action: isHidden ? "comment.hide" : "comment.show",
        subject: { type: "comment", id: comment.id },
        requestId,
      });
    }
    return latest;
  });
  return { comment: orNotFound(changed, "comment"), moderates };
}

/** Permanently deletes the caller's own comment. Moderators hide other people's comments instead. */
export async function removeComment(
  deps: WritingDeps,
  input: { caller: Caller; id: string; requestId: string },
): Promise<void> {
  const { caller } = input;
  const { comment } = await showComment(deps, { viewer: caller, id: input.id });
  orNotFound(!comment.isDeleted, "comment");
  if (comment.author.id === caller.id) return await deps.comments.delete(comment.id);
  await changeComment(deps, { caller, id: comment.id, isHidden: true, requestId: input.requestId });
}

function refuseEditing(comment: Comment, caller: Caller): void {
  if (comment.author.id !== caller.id) {
    throw new DomainError("forbidden", "Only its author may change a comment.");
  }
  if (comment.isHidden) {
    throw new DomainError(
      "forbidden",
      "This comment was hidden by a moderator and cannot be changed.",
    );
  }
}

function requireContent(content: string): string {
  const text = tidyText(content);
  if (text) return text;
  throw new DomainError("invalid_input", "Write something.", {
    fields: { content: ["This field may not be blank."] },
  });
}
