import { postgresAccessLedger, postgresAccessReads } from "./access/access.ts";
import { postgresHits, postgresVisits } from "./analytics/visits.ts";
import { postgresLessons } from "./playback/lessons.ts";
import { postgresCoursePlaybackRules, postgresPlaybackSessions } from "./playback/playback.ts";
import { postgresOnboarding } from "./accounts/onboarding.ts";
import { postgresPeople } from "./accounts/people.ts";
import { postgresPersonalData } from "./accounts/personal_data.ts";
import { postgresSessions } from "./accounts/sessions.ts";
import { postgresTutors } from "./accounts/tutors.ts";
import { postgresUsers } from "./accounts/users.ts";
import { postgresApiKeys } from "./api_keys/keys.ts";
import { postgresDeliveries } from "./webhooks/deliveries.ts";
import { postgresEndpoints } from "./webhooks/endpoints.ts";
import { postgresAuditHistory, postgresAuditLog } from "./audit/audit.ts";
import { postgresAuthoring } from "./authoring/authoring.ts";
import { postgresOutlines } from "./authoring/outlines.ts";
import { postgresInvitations, postgresTeachers } from "./authoring/teachers.ts";
import { postgresCatalog } from "./catalog/catalog.ts";
import { postgresCategories } from "./catalog/categories.ts";
import { postgresStaleTags } from "./catalog/stale_tags.ts";
import { postgresSearchIndexes } from "./catalog/search_indexes.ts";
import { postgresCourseSearch } from "./catalog/course_search.ts";
import { postgresOffers, postgresOrderHistory, postgresOrders } from "./checkout/orders.ts";
import { postgresDisputes } from "./settlement/disputes.ts";
import { postgresInbox } from "./settlement/inbox.ts";
import { postgresReceivedEvents } from "./settlement/received_events.ts";
import { postgresKeyedRequests } from "./keyed/keyed_requests.ts";
import { postgresComments } from "./learning/comments.ts";
import { postgresProgress } from "./learning/progress.ts";
import { postgresReviews } from "./learning/reviews.ts";
import { postgresMailEventTokens } from "./notifications/event_tokens.ts";
import { postgresMailLog, postgresMailPreferences, postgresSuppressions } from "./notifications/mail_log.ts";
import { postgresOutbox } from "./notifications/outbox.ts";
import { postgresSmsNumbers } from "./notifications/sms_numbers.ts";
import { postgresPasswordInvitations } from "./legacy/password_invitations.ts";
import { postgresAttachments, postgresFileReferences } from "./media/attachments.ts";
import { postgresVideoLibrary } from "./media/videos.ts";
import { postgresNoticeFacts } from "./notifications/notice_facts.ts";
import { postgresNoticeBoard } from "./notifications/notice_board.ts";
import { postgresAlerts } from "./operations/alerts.ts";
import { postgresViolations } from "./operations/violations.ts";
import { postgresGauges, postgresWatch } from "./operations/watch.ts";
import { postgresPaymentReviews, postgresPurchases } from "./orders/purchases.ts";
import { postgresRefundableOrders } from "./orders/refundable_orders.ts";
import { postgresCourseOffers } from "./pricing/course_offers.ts";
import { postgresPromotionReads, postgresPromotions } from "./promotions/promotions.ts";
import { postgresBooks } from "./settlement/books.ts";
import { postgresChecks } from "./settlement/checks.ts";
import { postgresRefundHistory } from "./settlement/refunds.ts";
import { postgresStatistics } from "./statistics/statistics.ts";
import { postgresSupportContacts } from "./support/support_contacts.ts";
import { postgresSupportFacts } from "./support/support_facts.ts";
import { postgresUniversities } from "./universities/universities.ts";
import { postgresCourseUpdates } from "./notifications/course_updates.ts";

/** Stores for use in a transaction or outside, by the names that use cases expect. */
export const STORES = {
  apiKeys: postgresApiKeys,
  attachments: postgresAttachments,
  authoring: postgresAuthoring,
  comments: postgresComments,
  courseOffers: postgresCourseOffers,
  coursePlaybackRules: postgresCoursePlaybackRules,
  courseUpdates: postgresCourseUpdates,
  deliveries: postgresDeliveries,
  endpoints: postgresEndpoints,
  invitations: postgresInvitations,
  mailEventTokens: postgresMailEventTokens,
  mailLog: postgresMailLog,
  mailPreferences: postgresMailPreferences,
  outbox: postgresOutbox,
  outlines: postgresOutlines,
  passwordInvitations: postgresPasswordInvitations,
  people: postgresPeople,
  personalData: postgresPersonalData,
  playbackSessions: postgresPlaybackSessions,
  progress: postgresProgress,
  refundableOrders: postgresRefundableOrders,
  reviews: postgresReviews,
  sessions: postgresSessions,
  smsNumbers: postgresSmsNumbers,
  suppressions: postgresSuppressions,
  teachers: postgresTeachers,
  universities: postgresUniversities,
  users: postgresUsers,
  videoLibrary: postgresVideoLibrary,
};

/** Stores for use in a transaction only, because they lock, or write as part of a larger change. */
export const TRANSACTION_STORES = {
  ...STORES,
  accessLedger: postgresAccessLedger,
  alerts: postgresAlerts,
  audit: postgresAuditLog,
  books: postgresBooks,
  categories: postgresCategories,
  inbox: postgresInbox,
  keyedRequests: postgresKeyedRequests,
  offers: postgresOffers,
  orders: postgresOrders,
  paymentReviews: postgresPaymentReviews,
  promotions: postgresPromotions,
  visits: postgresVisits,
};

/** Stores for use outside transactions only, because they read, or their writes are independent. */
export const POOL_STORES = {
  ...STORES,
  accessReads: postgresAccessReads,
  auditHistory: postgresAuditHistory,
  catalog: postgresCatalog,
  checks: postgresChecks,
  courseSearch: postgresCourseSearch,
  disputes: postgresDisputes,
  noticeFacts: postgresNoticeFacts,
  fileReferences: postgresFileReferences,
  gauges: postgresGauges,
  hits: postgresHits,
  lessons: postgresLessons,
  noticeBoard: postgresNoticeBoard,
  onboarding: postgresOnboarding,
  orderHistory: postgresOrderHistory,
  promotionReads: postgresPromotionReads,
  purchases: postgresPurchases,
  receivedEvents: postgresReceivedEvents,
  refundHistory: postgresRefundHistory,
  searchIndexes: postgresSearchIndexes,
  staleTags: postgresStaleTags,
  statistics: postgresStatistics,
  supportContacts: postgresSupportContacts,
  supportFacts: postgresSupportFacts,
  tutors: postgresTutors,
  violations: postgresViolations,
  paymentWatch: postgresWatch,
};

/** Each function accepts the pool, a transaction, or either. */
type Makers = Record<string, (sql: never) => unknown>;
type Made<All extends Makers> = { [Name in keyof All]: ReturnType<All[Name]> };

/** Creates the stores of a list on a connection. */
export function storesOver<All extends Makers>(makers: All, sql: Parameters<All[keyof All]>[0]): Made<All> {
  return Object.fromEntries(Object.entries(makers).map(([name, make]) => [name, make(sql as never)])) as Made<
    All
  >;
}
