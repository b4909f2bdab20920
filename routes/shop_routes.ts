import type { AllOf } from "../domain/needs.ts";
import type { Capability, CapabilityHandlers } from "./http/contract_app.ts";

/** Loads the routers of each capability. */
const ROUTERS = {
  access: () =>
    Promise.all([
      import("./access/grants.ts").then((file) => file.accessRoutes),
    ]),
  accounts: () =>
    Promise.all([
      import("./accounts/account.ts").then((file) => file.accountRoutes),
      import("./accounts/onboarding.ts").then((file) => file.onboardingRoutes),
      import("./accounts/passwords.ts").then((file) => file.passwordRoutes),
      import("./accounts/sessions.ts").then((file) => file.sessionRoutes),
      import("./accounts/tutors.ts").then((file) => file.tutorRoutes),
      import("./accounts/users.ts").then((file) => file.userRoutes),
    ]),
  api_keys: () =>
    Promise.all([
      import("./api_keys.ts").then((file) => file.apiKeyRoutes),
    ]),
  audit: () =>
    Promise.all([
      import("./audit.ts").then((file) => file.auditRoutes),
    ]),
  authoring: () =>
    Promise.all([
      import("./authoring/co_tutors.ts").then((file) => file.coTutorRoutes),
      import("./authoring/courses.ts").then((file) => file.authoringRoutes),
      import("./authoring/outlines.ts").then((file) => file.outlineRoutes),
    ]),
  catalog: () =>
    Promise.all([
      import("./catalog/categories.ts").then((file) => file.categoryRoutes),
      import("./catalog/courses.ts").then((file) => file.catalogRoutes),
    ]),
  checkout: () =>
    Promise.all([
      import("./checkout.ts").then((file) => file.checkoutRoutes),
    ]),
  learning: () =>
    Promise.all([
      import("./learning/comments.ts").then((file) => file.commentRoutes),
      import("./learning/progress.ts").then((file) => file.progressRoutes),
      import("./learning/reviews.ts").then((file) => file.reviewRoutes),
    ]),
  media: () =>
    Promise.all([
      import("./media/attachments.ts").then((file) => file.attachmentRoutes),
      import("./media/videos.ts").then((file) => file.videoRoutes),
    ]),
  notifications: () =>
    Promise.all([
      import("./notifications/mails.ts").then((file) => file.mailRoutes),
      import("./notifications/notices.ts").then((file) => file.noticeRoutes),
      import("./notifications/sms.ts").then((file) => file.smsRoutes),
      import("./notifications/updates.ts").then((file) => file.updateRoutes),
    ]),
  operations: () =>
    Promise.all([
      import("./operations/health.ts").then((file) => file.healthRoutes),
    ]),
  orders: () =>
    Promise.all([
      import("./orders/orders.ts").then((file) => file.orderRoutes),
      import("./orders/payments.ts").then((file) => file.paymentRoutes),
      import("./orders/self_refunds.ts").then((file) => file.selfRefundRoutes),
    ]),
  playback: () =>
    Promise.all([
      import("./playback.ts").then((file) => file.playbackRoutes),
    ]),
  pricing: () =>
    Promise.all([
      import("./pricing.ts").then((file) => file.pricingRoutes),
    ]),
  promotions: () =>
    Promise.all([
      import("./promotions.ts").then((file) => file.promotionRoutes),
    ]),
  settlement: () =>
    Promise.all([
      import("./settlement/disputes.ts").then((file) => file.disputeRoutes),
      import("./settlement/events.ts").then((file) => file.paymentEventRoutes),
      import("./settlement/refunds.ts").then((file) => file.refundRoutes),
    ]),
  statistics: () =>
    Promise.all([
      import("./statistics.ts").then((file) => file.statisticsRoutes),
    ]),
  support: () =>
    Promise.all([
      import("./support.ts").then((file) => file.supportRoutes),
    ]),
  universities: () =>
    Promise.all([
      import("./universities.ts").then((file) => file.universityRoutes),
    ]),
  webhooks: () =>
    Promise.all([
      import("./webhooks/endpoints.ts").then((file) => file.webhookRoutes),
    ]),
};

type RouterOf<Name extends Capability> = Awaited<ReturnType<(typeof ROUTERS)[Name]>>[number];
type Deps = AllOf<Parameters<RouterOf<Capability>>[0]>;

/** Collects the handlers of all operations by capability. Each router names the part of `deps` that it needs. */
export function shopRoutes(deps: Deps): CapabilityHandlers {
  const handlers = Object.entries(ROUTERS).map(([capability, load]) => [
    capability,
    async () =>
      Object.assign({}, ...(await load()).map((router) => (router as (deps: Deps) => object)(deps))),
  ]);
  const complete: { [Name in Capability]: () => Promise<AllOf<ReturnType<RouterOf<Name>>>> } = Object
    .fromEntries(
      handlers,
    );
  return complete;
}
