import { postgresAccessReads } from "./access.ts";
import { postgresAttachments, postgresFileReferences } from "./attachments.ts";
import { postgresAuditHistory } from "./audit.ts";
import { postgresAuthoring } from "./authoring.ts";
import { postgresCatalogue } from "./catalogue.ts";
import { postgresChecks } from "./checks.ts";
import { postgresComments } from "./comments.ts";
import { postgresCourseOffers } from "./course_offers.ts";
import { postgresCourseSearch } from "./course_search.ts";
import { postgresCourseUpdates } from "./course_updates.ts";
import { postgresDisputes } from "./disputes.ts";
import { postgresLessons } from "./lessons.ts";
import { postgresMailLog, postgresMailPreferences, postgresSuppressions } from "./mail_log.ts";
import { postgresNoticeBoard } from "./notice_board.ts";
import { postgresOnboarding } from "./onboarding.ts";
import { postgresOrderHistory } from "./orders.ts";
import { postgresOutbox } from "./outbox.ts";
import { postgresOutlines } from "./outlines.ts";
import { postgresPeople } from "./people.ts";
import { postgresPersonalData } from "./personal_data.ts";
import { postgresCoursePlaybackRules, postgresPlaybackSessions } from "./playback.ts";
import { postgresPlaybackLog } from "./playback_log.ts";
import { postgresProgress } from "./progress.ts";
import { postgresPromotionReads } from "./promotions.ts";
import { postgresPurchases } from "./purchases.ts";
import { postgresReceivedEvents } from "./received_events.ts";
import { postgresRefundableOrders } from "./refundable_orders.ts";
import { postgresRefundHistory } from "./refunds.ts";
import { postgresReviews } from "./reviews.ts";
import { postgresSessions } from "./sessions.ts";
import { postgresStatistics } from "./statistics.ts";
import { postgresInvitations, postgresTeachers } from "./teachers.ts";
import { postgresTutors } from "./tutors.ts";
import { postgresUniversities } from "./universities.ts";
import { postgresUsers } from "./users.ts";
import { postgresVideoLibrary } from "./videos.ts";
import { postgresViolations } from "./violations.ts";
import { postgresGauges, postgresWatch } from "./watch.ts";
import type { Database } from "./queries.ts";

/** Every port that PostgreSQL plays outside a transaction; within one, see `postgresTransaction`. */
export function postgresPorts(sql: Database) {
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
    mailLog: postgresMailLog(sql),
    mailPreferences: postgresMailPreferences(sql),
    noticeBoard: postgresNoticeBoard(sql),
    onboarding: postgresOnboarding(sql),
    orderHistory: postgresOrderHistory(sql),
    outbox: postgresOutbox(sql),
    outlines: postgresOutlines(sql),
    people: postgresPeople(sql),
    personalData: postgresPersonalData(sql),
    playbackLog: postgresPlaybackLog(sql),
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
