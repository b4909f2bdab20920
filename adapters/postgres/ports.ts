import { postgresAccessReads } from "./access/access.ts";
import { postgresAttachments, postgresFileReferences } from "./media/attachments.ts";
import { postgresAuditHistory } from "./audit/audit.ts";
import { postgresAuthoring } from "./authoring/authoring.ts";
import { postgresCatalogue } from "./catalog/catalogue.ts";
import { postgresChecks } from "./settlement/checks.ts";
import { postgresComments } from "./learning/comments.ts";
import { postgresCourseOffers } from "./pricing/course_offers.ts";
import { postgresCourseSearch } from "./catalog/course_search.ts";
import { postgresCourseUpdates } from "./updates/course_updates.ts";
import { postgresDisputes } from "./disputes/disputes.ts";
import { postgresLessons } from "./access/lessons.ts";
import { postgresMailLog, postgresMailPreferences, postgresSuppressions } from "./mailing/mail_log.ts";
import { postgresMailEventTokens } from "./mailing/event_tokens.ts";
import { postgresNoticeBoard } from "./notifications/notice_board.ts";
import { postgresOnboarding } from "./accounts/onboarding.ts";
import { postgresOrderHistory } from "./checkout/orders.ts";
import { postgresOutbox } from "./mailing/outbox.ts";
import { postgresOutlines } from "./authoring/outlines.ts";
import { postgresPeople } from "./accounts/people.ts";
import { postgresPersonalData } from "./accounts/personal_data.ts";
import { postgresCoursePlaybackRules, postgresPlaybackSessions } from "./access/playback.ts";
import { postgresPlaybackLog } from "./access/playback_log.ts";
import { postgresProgress } from "./learning/progress.ts";
import { postgresPromotionReads } from "./promotions/promotions.ts";
import { postgresPurchases } from "./orders/purchases.ts";
import { postgresReceivedEvents } from "./events/received_events.ts";
import { postgresRefundableOrders } from "./orders/refundable_orders.ts";
import { postgresRefundHistory } from "./settlement/refunds.ts";
import { postgresReviews } from "./learning/reviews.ts";
import { postgresSessions } from "./accounts/sessions.ts";
import { postgresStatistics } from "./statistics/statistics.ts";
import { postgresInvitations, postgresTeachers } from "./authoring/teachers.ts";
import { postgresTutors } from "./accounts/tutors.ts";
import { postgresUniversities } from "./universities/universities.ts";
import { postgresUsers } from "./accounts/users.ts";
import { postgresVideoLibrary } from "./media/videos.ts";
import { postgresViolations } from "./operations/violations.ts";
import { postgresGauges, postgresWatch } from "./operations/watch.ts";
import type { Database } from "./queries.ts";

/**
 * Every port that PostgreSQL plays outside a transaction; within one, see `postgresTransaction`. `onPlaybackLogFailure`: see
 * `postgresPlaybackLog`.
 */
export function postgresPorts(
  sql: Database,
  { onPlaybackLogFailure }: { onPlaybackLogFailure: (error: unknown) => void },
) {
  return {
    accessReads: postgresAccessReads(sql),
    attachments: postgresAttachments(sql),
    auditHistory: postgresAuditHistory(sql),
    authoring: postgresAuthoring(sql),
    catalogue: postgresCatalogue(sql),
    checks: postgresChecks(sql),
    comments: postgresComments(sql),
    courseOffers: postgresCourseOffers(sql),
    coursePlaybackRules: postgresCoursePlaybackRules(sql),
    courseSearch: postgresCourseSearch(sql),
    courseUpdates: postgresCourseUpdates(sql),
    disputes: postgresDisputes(sql),
    fileReferences: postgresFileReferences(sql),
    gauges: postgresGauges(sql),
    invitations: postgresInvitations(sql),
    lessons: postgresLessons(sql),
    mailEventTokens: postgresMailEventTokens(sql),
    mailLog: postgresMailLog(sql),
    mailPreferences: postgresMailPreferences(sql),
    noticeBoard: postgresNoticeBoard(sql),
    onboarding: postgresOnboarding(sql),
    orderHistory: postgresOrderHistory(sql),
    outbox: postgresOutbox(sql),
    outlines: postgresOutlines(sql),
    people: postgresPeople(sql),
    personalData: postgresPersonalData(sql),
    playbackLog: postgresPlaybackLog(sql, onPlaybackLogFailure),
    playbackSessions: postgresPlaybackSessions(sql),
    progress: postgresProgress(sql),
    promotionReads: postgresPromotionReads(sql),
    purchases: postgresPurchases(sql),
    receivedEvents: postgresReceivedEvents(sql),
    refundHistory: postgresRefundHistory(sql),
    refundableOrders: postgresRefundableOrders(sql),
    reviews: postgresReviews(sql),
    sessions: postgresSessions(sql),
    statistics: postgresStatistics(sql),
    suppressions: postgresSuppressions(sql),
    teachers: postgresTeachers(sql),
    tutors: postgresTutors(sql),
    universities: postgresUniversities(sql),
    users: postgresUsers(sql),
    videoLibrary: postgresVideoLibrary(sql),
    violations: postgresViolations(sql),
    watch: postgresWatch(sql),
  };
}
