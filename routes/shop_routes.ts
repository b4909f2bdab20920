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

/** What the handlers need, all together: each names its part. */
type Deps =
  & Parameters<typeof accessRoutes>[0]
  & Parameters<typeof accountRoutes>[0]
  & Parameters<typeof passwordRoutes>[0]
  & Parameters<typeof sessionRoutes>[0]
  & Parameters<typeof administrationRoutes>[0]
  & Parameters<typeof tutorRoutes>[0]
  & Parameters<typeof onboardingRoutes>[0]
  & Parameters<typeof universityRoutes>[0]
  & Parameters<typeof catalogRoutes>[0]
  & Parameters<typeof categoryRoutes>[0]
  & Parameters<typeof authoringRoutes>[0]
  & Parameters<typeof outlineRoutes>[0]
  & Parameters<typeof progressRoutes>[0]
  & Parameters<typeof commentRoutes>[0]
  & Parameters<typeof reviewRoutes>[0]
  & Parameters<typeof coTutorRoutes>[0]
  & Parameters<typeof statisticsRoutes>[0]
  & Parameters<typeof checkoutRoutes>[0]
  & Parameters<typeof orderRoutes>[0]
  & Parameters<typeof selfRefundRoutes>[0]
  & Parameters<typeof disputeRoutes>[0]
  & Parameters<typeof pricingRoutes>[0]
  & Parameters<typeof settlementRoutes>[0]
  & Parameters<typeof lessonRoutes>[0]
  & Parameters<typeof notificationRoutes>[0]
  & Parameters<typeof mailRoutes>[0]
  & Parameters<typeof attachmentRoutes>[0]
  & Parameters<typeof videoRoutes>[0]
  & Parameters<typeof healthRoutes>[0];

/** The handlers of all operations. */
export const shopRoutes = (deps: Deps): Handlers => ({
  ...accessRoutes(deps),
  ...accountRoutes(deps),
  ...passwordRoutes(deps),
  ...sessionRoutes(deps),
  ...administrationRoutes(deps),
  ...tutorRoutes(deps),
  ...onboardingRoutes(deps),
  ...universityRoutes(deps),
  ...catalogRoutes(deps),
  ...categoryRoutes(deps),
  ...authoringRoutes(deps),
  ...outlineRoutes(deps),
  ...progressRoutes(deps),
  ...commentRoutes(deps),
  ...reviewRoutes(deps),
  ...coTutorRoutes(deps),
  ...statisticsRoutes(deps),
  ...checkoutRoutes(deps),
  ...orderRoutes(deps),
  ...selfRefundRoutes(deps),
  ...disputeRoutes(deps),
  ...pricingRoutes(deps),
  ...settlementRoutes(deps),
  ...lessonRoutes(deps),
  ...notificationRoutes(deps),
  ...mailRoutes(deps),
  ...attachmentRoutes(deps),
  ...videoRoutes(deps),
  ...healthRoutes(deps),
});
