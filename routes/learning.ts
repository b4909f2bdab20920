import type { Lessons } from "../domain/access/ports.ts";
import type { AuditLog } from "../domain/audit/ports.ts";
import type { Catalogue } from "../domain/catalog/ports.ts";
import { DomainError } from "../domain/errors.ts";
import {
  changeComment,
  listComments,
  removeComment,
  showComment,
  writeComment,
} from "../domain/learning/comments.ts";
import { showCourseProgress } from "../domain/learning/course_progress.ts";
import { reportProgress, showProgress } from "../domain/learning/lesson_progress.ts";
import type {
  Author,
  Comment,
  Comments,
  LessonProgress,
  Progress,
  Review,
  Reviews,
} from "../domain/learning/ports.ts";
import {
  changeReview,
  listReviews,
  moderateReview,
  removeReview,
  writeReview,
} from "../domain/learning/reviews.ts";
import type { Transaction } from "../domain/transaction.ts";
import type {
  Comment as WireComment,
  LessonProgress as WireProgress,
  Review as WireReview,
} from "../openapi/generated/types.gen.ts";
import type { Handlers } from "./contract_app.ts";
import { toWireSummary } from "./course_progress.ts";
import { pageOf, rangeOf } from "./pages.ts";

type Deps = {
  catalogue: Catalogue;
  lessons: Lessons;
  progress: Progress;
  comments: Comments;
  reviews: Reviews;
  transaction: Transaction<{ comments: Comments; reviews: Reviews; audit: AuditLog }>;
};

/** How far students are. */
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

/** What is said about lessons. */
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

/** What students say of courses. */
export const reviewRoutes = (
  deps: Deps,
): Handlers<"listReviews" | "createReview" | "updateReview" | "deleteReview" | "moderateReview"> => ({
  async listReviews(request) {
    const { count, reviews } = await listReviews(deps, {
      viewer: request.caller,
      course: request.params.slug,
      range: rangeOf(request.query),
    });
    return { status: 200, body: pageOf(request, count, reviews.map(toWireReview)) };
  },

  async createReview({ params, body, caller }) {
    const review = await writeReview(deps, {
      caller,
      course: params.slug,
      rating: body.rating,
      content: body.content ?? "",
    });
    return { status: 201, body: toWireReview(review) };
  },

  async updateReview({ params, body, caller }) {
    return { status: 200, body: toWireReview(await changeReview(deps, { caller, id: params.id, ...body })) };
  },

  async deleteReview({ params, caller }) {
    await removeReview(deps, { caller, id: params.id });
    return { status: 204, body: undefined };
  },

  async moderateReview({ params, body, caller, requestId }) {
    const review = await moderateReview(deps, {
      caller,
      id: params.id,
      isHidden: body.is_hidden,
      reason: body.reason,
      requestId,
    });
    return { status: 200, body: toWireReview(review) };
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

function toWireComment(comment: Comment, moderates: boolean): WireComment {
  return {
    id: comment.id,
    lesson: comment.lessonId,
    parent: comment.parentId,
    content: comment.isHidden && !moderates ? "" : comment.content,
    author: toWireAuthor(comment.author),
    is_tutor: comment.isByTutor,
    is_hidden: comment.isHidden,
    is_deleted: comment.isDeleted,
    created_at: comment.createdAt.toISOString(),
    updated_at: comment.updatedAt.toISOString(),
  };
}

function toWireReview(review: Review): WireReview {
  return {
    id: review.id,
    course: review.courseId,
    rating: review.rating,
    content: review.content,
    author: { ...toWireAuthor(review.author), last_name: initial(review.author.lastName) },
    is_hidden: review.isHidden,
    created_at: review.createdAt.toISOString(),
    updated_at: review.updatedAt.toISOString(),
  };
}

/** Reviews are there for everybody to read: students are known by their first name there. */
const initial = (name: string) => name === "" ? "" : `${[...name][0]}.`;

const toWireAuthor = ({ id, firstName, lastName }: Author) => ({
  id,
  first_name: firstName,
  last_name: lastName,
});
