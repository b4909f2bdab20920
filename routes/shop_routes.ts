import type { Handlers } from "./http/contract_app.ts";
import { accessRoutes } from "./access/grants.ts";
import { accountRoutes } from "./accounts/account.ts";
import { administrationRoutes } from "./accounts/users.ts";
import { attachmentRoutes } from "./media/attachments.ts";
import { authoringRoutes } from "./authoring/courses.ts";
import { catalogRoutes } from "./catalog/courses.ts";
import { categoryRoutes } from "./catalog/categories.ts";
import { checkoutRoutes } from "./checkout.ts";
import { commentRoutes } from "./learning/comments.ts";
import { coTutorRoutes } from "./authoring/co_tutors.ts";
import { disputeRoutes } from "./settlement/disputes.ts";
import { healthRoutes } from "./operations/health.ts";
import { lessonRoutes } from "./playback.ts";
import { mailRoutes } from "./notifications/mails.ts";
import { notificationRoutes } from "./notifications/notices.ts";
import { onboardingRoutes } from "./accounts/onboarding.ts";
import { orderRoutes } from "./orders/orders.ts";
import { outlineRoutes } from "./authoring/outlines.ts";
import { passwordRoutes } from "./accounts/passwords.ts";
import { pricingRoutes } from "./pricing.ts";
import { progressRoutes } from "./learning/progress.ts";
import { reviewRoutes } from "./learning/reviews.ts";
import { selfRefundRoutes } from "./orders/self_refunds.ts";
import { sessionRoutes } from "./accounts/sessions.ts";
import { settlementRoutes } from "./settlement/events.ts";
import { statisticsRoutes } from "./statistics.ts";
import { tutorRoutes } from "./accounts/tutors.ts";
import { universityRoutes } from "./universities.ts";
import { videoRoutes } from "./media/videos.ts";

const ROUTERS = [
  accessRoutes,
  accountRoutes,
  administrationRoutes,
  attachmentRoutes,
  authoringRoutes,
  catalogRoutes,
  categoryRoutes,
  checkoutRoutes,
  commentRoutes,
  coTutorRoutes,
  disputeRoutes,
  healthRoutes,
  lessonRoutes,
  mailRoutes,
  notificationRoutes,
  onboardingRoutes,
  orderRoutes,
  outlineRoutes,
  passwordRoutes,
  pricingRoutes,
  progressRoutes,
  reviewRoutes,
  selfRefundRoutes,
  sessionRoutes,
  settlementRoutes,
  statisticsRoutes,
  tutorRoutes,
  universityRoutes,
  videoRoutes,
];

type Router = (typeof ROUTERS)[number];
type AllOf<Union> = (Union extends unknown ? (each: Union) => void : never) extends (all: infer All) => void
  ? All
  : never;

/** The handlers of all operations. Each router names the part of `deps` that it needs. */
export function shopRoutes(deps: AllOf<Parameters<Router>[0]>): Handlers {
  const handlers: AllOf<ReturnType<Router>> = Object.assign({}, ...ROUTERS.map((router) => router(deps)));
  return handlers;
}
