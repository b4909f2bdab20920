import type { People, PersonalData, Sessions, Users } from "../../domain/accounts/ports.ts";
import type { AccessLedger, CoursePlaybackRules, PlaybackSessions } from "../../domain/access/ports.ts";
import type { AuditLog } from "../../domain/audit/ports.ts";
import type { Authoring, Invitations, Outlines, Teachers } from "../../domain/authoring/ports.ts";
import type { Categories } from "../../domain/catalog/ports.ts";
import type { Offers, Orders } from "../../domain/checkout/ports.ts";
import type { Job, Jobs } from "../../domain/jobs.ts";
import type { Universities } from "../../domain/universities/ports.ts";
import type { Attachments, VideoLibrary } from "../../domain/media/ports.ts";
import type { Comments, Reviews } from "../../domain/learning/ports.ts";
import type { MailEventTokens, MailLog, Outbox, Suppressions } from "../../domain/mailing/ports.ts";
import type { MailPreferences } from "../../domain/notifications/ports.ts";
import type { CourseUpdates } from "../../domain/updates/ports.ts";
import type { Transaction } from "../../domain/transaction.ts";
import { postgresAttachments } from "./media/attachments.ts";
import type { CourseOffers } from "../../domain/pricing/ports.ts";
import type { PaymentReviews, RefundableOrders } from "../../domain/orders/ports.ts";
import type { KeyedRequests } from "../../domain/keyed/ports.ts";
import type { Promotions } from "../../domain/promotions/ports.ts";
import type { Inbox } from "../../domain/events/ports.ts";
import type { Alerts } from "../../domain/operations/ports.ts";
import type { Books } from "../../domain/settlement/ports.ts";
import { postgresAccessLedger } from "./access/access.ts";
import { postgresAlerts } from "./operations/alerts.ts";
import { postgresCourseUpdates } from "./updates/course_updates.ts";
import { postgresMailEventTokens } from "./mailing/event_tokens.ts";
import { postgresMailLog, postgresMailPreferences, postgresSuppressions } from "./mailing/mail_log.ts";
import { postgresOutbox } from "./mailing/outbox.ts";
import { postgresAuditLog } from "./audit/audit.ts";
import { postgresCategories } from "./catalog/categories.ts";
import { postgresAuthoring } from "./authoring/authoring.ts";
import { postgresBooks } from "./settlement/books.ts";
import { postgresInbox } from "./events/inbox.ts";
import { postgresOffers, postgresOrders } from "./checkout/orders.ts";
import { postgresCourseOffers } from "./pricing/course_offers.ts";
import { postgresKeyedRequests } from "./keyed/keyed_requests.ts";
import { postgresPaymentReviews } from "./orders/purchases.ts";
import { postgresRefundableOrders } from "./orders/refundable_orders.ts";
import { postgresPromotions } from "./promotions/promotions.ts";
import { postgresComments } from "./learning/comments.ts";
import { postgresCoursePlaybackRules, postgresPlaybackSessions } from "./access/playback.ts";
import { postgresOutlines } from "./authoring/outlines.ts";
import type { Database, DatabaseTransaction } from "./queries.ts";
import { postgresPeople } from "./accounts/people.ts";
import { postgresPersonalData } from "./accounts/personal_data.ts";
import { postgresSessions } from "./accounts/sessions.ts";
import { postgresUniversities } from "./universities/universities.ts";
import { postgresReviews } from "./learning/reviews.ts";
import { postgresInvitations, postgresTeachers } from "./authoring/teachers.ts";
import { postgresUsers } from "./accounts/users.ts";
import { postgresVideoLibrary } from "./media/videos.ts";

/** Every store that a use case may need in a transaction; each names the few it touches. */
export type Stores = {
  users: Users;
  people: People;
  sessions: Sessions;
  personalData: PersonalData;
  universities: Universities;
  categories: Categories;
  orders: Orders;
  offers: Offers;
  accessLedger: AccessLedger;
  promotions: Promotions;
  courseOffers: CourseOffers;
  books: Books;
  paymentReviews: PaymentReviews;
  refundableOrders: RefundableOrders;
  keyedRequests: KeyedRequests;
  inbox: Inbox;
  alerts: Alerts;
  audit: AuditLog;
  outbox: Outbox;
  courseUpdates: CourseUpdates;
  mailLog: MailLog;
  mailPreferences: MailPreferences;
  mailEventTokens: MailEventTokens;
  suppressions: Suppressions;
  playbackSessions: PlaybackSessions;
  coursePlaybackRules: CoursePlaybackRules;
  videoLibrary: VideoLibrary;
  attachments: Attachments;
  authoring: Authoring;
  outlines: Outlines;
  teachers: Teachers;
  invitations: Invitations;
  comments: Comments;
  reviews: Reviews;
  jobs: Jobs;
};

/** Puts jobs into the queue as part of the transaction that causes them. */
export type EnqueueInTransaction = (tx: DatabaseTransaction, ...jobs: Job[]) => Promise<void>;

/** Transactions in PostgreSQL (read committed), with jobs enqueued in the same one. */
export function postgresTransaction(sql: Database, enqueue: EnqueueInTransaction): Transaction<Stores> {
  return (work) =>
    sql.begin((tx) =>
      work({
        users: postgresUsers(tx),
        people: postgresPeople(tx),
        sessions: postgresSessions(tx),
        personalData: postgresPersonalData(tx),
        universities: postgresUniversities(tx),
        categories: postgresCategories(tx),
        orders: postgresOrders(tx),
        offers: postgresOffers(tx),
        accessLedger: postgresAccessLedger(tx),
        promotions: postgresPromotions(tx),
        courseOffers: postgresCourseOffers(tx),
        books: postgresBooks(tx),
        paymentReviews: postgresPaymentReviews(tx),
        refundableOrders: postgresRefundableOrders(tx),
        keyedRequests: postgresKeyedRequests(tx),
        inbox: postgresInbox(tx),
        alerts: postgresAlerts(tx),
        audit: postgresAuditLog(tx),
        outbox: postgresOutbox(tx),
        courseUpdates: postgresCourseUpdates(tx),
        mailLog: postgresMailLog(tx),
        mailPreferences: postgresMailPreferences(tx),
        mailEventTokens: postgresMailEventTokens(tx),
        suppressions: postgresSuppressions(tx),
        playbackSessions: postgresPlaybackSessions(tx),
        coursePlaybackRules: postgresCoursePlaybackRules(tx),
        videoLibrary: postgresVideoLibrary(tx),
        attachments: postgresAttachments(tx),
        authoring: postgresAuthoring(tx),
        outlines: postgresOutlines(tx),
        teachers: postgresTeachers(tx),
        invitations: postgresInvitations(tx),
        comments: postgresComments(tx),
        reviews: postgresReviews(tx),
        jobs: { add: (...jobs) => enqueue(tx, ...jobs) },
      })
    );
}
