import type { AllOf } from "../domain/needs.ts";
import type { Handlers } from "./http/contract_app.ts";
import { accessRoutes } from "./access/grants.ts";
import { accountRoutes } from "./accounts/account.ts";
import { onboardingRoutes } from "./accounts/onboarding.ts";
import { passwordRoutes } from "./accounts/passwords.ts";
import { sessionRoutes } from "./accounts/sessions.ts";
import { tutorRoutes } from "./accounts/tutors.ts";
import { userRoutes } from "./accounts/users.ts";
import { auditRoutes } from "./audit.ts";
import { coTutorRoutes } from "./authoring/co_tutors.ts";
import { authoringRoutes } from "./authoring/courses.ts";
import { outlineRoutes } from "./authoring/outlines.ts";
import { categoryRoutes } from "./catalog/categories.ts";
import { catalogRoutes } from "./catalog/courses.ts";
import { checkoutRoutes } from "./checkout.ts";
import { commentRoutes } from "./learning/comments.ts";
import { progressRoutes } from "./learning/progress.ts";
import { reviewRoutes } from "./learning/reviews.ts";
import { attachmentRoutes } from "./media/attachments.ts";
import { videoRoutes } from "./media/videos.ts";
import { mailRoutes } from "./notifications/mails.ts";
import { noticeRoutes } from "./notifications/notices.ts";
import { updateRoutes } from "./notifications/updates.ts";
import { healthRoutes } from "./operations/health.ts";
import { orderRoutes } from "./orders/orders.ts";
import { paymentRoutes } from "./orders/payments.ts";
import { selfRefundRoutes } from "./orders/self_refunds.ts";
import { playbackRoutes } from "./playback.ts";
import { pricingRoutes } from "./pricing.ts";
import { promotionRoutes } from "./promotions.ts";
import { disputeRoutes } from "./settlement/disputes.ts";
import { paymentEventRoutes } from "./settlement/events.ts";
import { refundRoutes } from "./settlement/refunds.ts";
import { statisticsRoutes } from "./statistics.ts";
import { universityRoutes } from "./universities.ts";

const ROUTERS = [
  accessRoutes,
  accountRoutes,
  onboardingRoutes,
  passwordRoutes,
  sessionRoutes,
  tutorRoutes,
  userRoutes,
  auditRoutes,
  coTutorRoutes,
  authoringRoutes,
  outlineRoutes,
  categoryRoutes,
  catalogRoutes,
  checkoutRoutes,
  commentRoutes,
  progressRoutes,
  reviewRoutes,
  attachmentRoutes,
  videoRoutes,
  mailRoutes,
  noticeRoutes,
  updateRoutes,
  healthRoutes,
  orderRoutes,
  paymentRoutes,
  selfRefundRoutes,
  playbackRoutes,
  pricingRoutes,
  promotionRoutes,
  disputeRoutes,
  paymentEventRoutes,
  refundRoutes,
  statisticsRoutes,
  universityRoutes,
];

type Router = (typeof ROUTERS)[number];
/** Collects the handlers of all operations. Each router names the part of `deps` that it needs. */
export function shopRoutes(deps: AllOf<Parameters<Router>[0]>): Handlers {
  const handlers: AllOf<ReturnType<Router>> = Object.assign({}, ...ROUTERS.map((router) => router(deps)));
  return handlers;
}
