import type { AuditLog } from "../../domain/audit/ports.ts";
import type { Catalog } from "../../domain/catalog/ports.ts";
import type { Review, Reviews } from "../../domain/learning/ports.ts";
import {
  changeReview,
  listReviews,
  moderateReview,
  removeReview,
  writeReview,
} from "../../domain/learning/reviews.ts";
import type { Transaction } from "../../domain/transaction.ts";
import type { Review as WireReview } from "../../openapi/generated/server/types.gen.ts";
import { toWireAuthor } from "../wire/authors.ts";
import type { Handlers } from "../http/contract_app.ts";
import { pageOf, rangeOf } from "../http/pages.ts";

type Deps = {
  catalog: Catalog;
  reviews: Reviews;
  transaction: Transaction<{ reviews: Reviews; audit: AuditLog }>;
};

/** Serves reviews of courses. */
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

function toWireReview(review: Review): WireReview {
  return {
    id: review.id,
    course: review.courseId,
    rating: review.rating,
    content: review.content,
    author: toWireAuthor(review.author),
    is_hidden: review.isHidden,
    created_at: review.createdAt.toISOString(),
    updated_at: review.updatedAt.toISOString(),
  };
}
