import type { Lessons } from "../../domain/playback/ports.ts";
import type { AuditLog } from "../../domain/audit/ports.ts";
import { DomainError } from "../../domain/errors.ts";
import {
  changeComment,
  listComments,
  removeComment,
  showComment,
  writeComment,
} from "../../domain/learning/comments.ts";
import type { Comment, Comments } from "../../domain/learning/ports.ts";
import type { Transaction } from "../../domain/transaction.ts";
import type { Comment as WireComment } from "../../openapi/generated/server/types.gen.ts";
import { toWireAuthor } from "../wire/authors.ts";
import type { Handlers } from "../http/contract_app.ts";
import { pageOf, rangeOf } from "../http/pages.ts";

type Deps = {
  lessons: Lessons;
  comments: Comments;
  transaction: Transaction<{ comments: Comments; audit: AuditLog }>;
};

/** Serves comments on lessons. */
export const commentRoutes = (
  deps: Deps,
): Handlers<"listComments" | "createComment" | "getComment" | "updateComment" | "deleteComment"> => ({
  async listComments(request) {
    const { query, caller } = request;
    if (query.lesson !== undefined) {
      const { count, threads, moderates } = await listComments(deps, {
        viewer: caller,
        lesson: query.lesson,
        range: rangeOf(query),
      });
      const results = threads.map(({ replies, ...comment }) => ({
        ...toWireComment(comment, moderates),
        replies: replies.map((reply) => toWireComment(reply, moderates)),
      }));
      return { status: 200, body: pageOf(request, count, results) };
    }
    if (!caller) {
      throw new DomainError("invalid_input", "Name a lesson, or sign in to list your own comments.", {
        fields: { lesson: ["This field is required."] },
      });
    }
    const { count, comments } = await deps.comments.by(caller.id, rangeOf(query));
    return {
      status: 200,
      body: pageOf(request, count, comments.map((comment) => toWireComment(comment, true))),
    };
  },

  async createComment({ body, caller }) {
    const comment = await writeComment(deps, {
      caller,
      lesson: body.lesson,
      parentId: body.parent ?? null,
      content: body.content,
    });
    return { status: 201, body: toWireComment(comment, false) };
  },

  async getComment({ params, caller }) {
    const { comment, moderates } = await showComment(deps, { viewer: caller, id: params.id });
    return { status: 200, body: toWireComment(comment, moderates) };
  },

  async updateComment({ params, body, caller, requestId }) {
    const { comment, moderates } = await changeComment(deps, {
      caller,
      id: params.id,
      content: body.content,
      isHidden: body.is_hidden,
      requestId,
    });
    return { status: 200, body: toWireComment(comment, moderates) };
  },

  async deleteComment({ params, caller, requestId }) {
    await removeComment(deps, { caller, id: params.id, requestId });
    return { status: 204, body: undefined };
  },
});

function toWireComment(comment: Comment, moderates: boolean): WireComment {
  return {
    id: comment.id,
    lesson: comment.lessonId,
    parent: comment.parentId,
    content: comment.isHidden && !moderates ? "" : comment.content,
    author: toWireAuthor(comment.author, { isTutor: comment.isByTutor }),
    is_tutor: comment.isByTutor,
    is_hidden: comment.isHidden,
    is_deleted: comment.isDeleted,
    created_at: comment.createdAt.toISOString(),
    updated_at: comment.updatedAt.toISOString(),
  };
}
