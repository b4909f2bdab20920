import type { Handlers } from "./http/contract_app.ts";
import { accessRoutes } from "./access.ts";
import { accountRoutes } from "./accounts.ts";
import { administrationRoutes } from "./administration.ts";
import { attachmentRoutes } from "./attachments.ts";
import { authoringRoutes } from "./authoring.ts";
import { catalogRoutes } from "./catalog.ts";
import { categoryRoutes } from "./categories.ts";
import { checkoutRoutes } from "./checkout.ts";
import { commentRoutes } from "./comments.ts";
import { coTutorRoutes } from "./co_tutors.ts";
import { disputeRoutes } from "./disputes.ts";
import { healthRoutes } from "./health.ts";
import { lessonRoutes } from "./lessons.ts";
import { mailRoutes } from "./mails.ts";
import { notificationRoutes } from "./notifications.ts";
import { onboardingRoutes } from "./onboarding.ts";
import { orderRoutes } from "./orders.ts";
import { outlineRoutes } from "./outlines.ts";
import { passwordRoutes } from "./passwords.ts";
import { pricingRoutes } from "./pricing.ts";
import { progressRoutes } from "./progress.ts";
import { reviewRoutes } from "./reviews.ts";
import { selfRefundRoutes } from "./self_refunds.ts";
import { sessionRoutes } from "./sessions.ts";
import { settlementRoutes } from "./settlement.ts";
import { statisticsRoutes } from "./statistics.ts";
import { tutorRoutes } from "./tutors.ts";
import { universityRoutes } from "./universities.ts";
import { videoRoutes } from "./videos.ts";

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
