import { reportCompletion, reportSale } from "../domain/analytics/measure.ts";
import { sendHit } from "../domain/analytics/send_hit.ts";
import { announceEnds } from "../domain/access/announce_ends.ts";
import { purgePlaybackLog } from "../domain/playback/read_access_log.ts";
import { purgeSessions } from "../domain/accounts/purge_sessions.ts";
import { closePage } from "../domain/checkout/close_page.ts";
import { endSales } from "../domain/checkout/end_sales.ts";
import type { JobHandlers, RecurringJob } from "../domain/jobs.ts";
import { purgeMails } from "../domain/notifications/mails/administer_mails.ts";
import { followPendingVideos, followVideo } from "../domain/media/follow_videos.ts";
import { removeFile, sweepFiles } from "../domain/media/remove_files.ts";
import { deleteVideo, sweepVideos } from "../domain/media/remove_videos.ts";
import { mailDigests } from "../domain/notifications/mail_digests.ts";
import { reportRecovery } from "../domain/notifications/report_outage.ts";
import { mendChanged } from "../domain/operations/invariants.ts";
import { watchPayments } from "../domain/operations/watch_payments.ts";
import { reconcile } from "../domain/settlement/reconcile.ts";
import { removeContact, saveContact } from "../domain/support/keep_contact.ts";
import { tellSupport } from "../domain/support/tell_support.ts";
import { submitRefund } from "../domain/settlement/submit_refund.ts";
import { mailUpdate } from "../domain/notifications/updates/publish_update.ts";
import type { Deliveries } from "../domain/webhooks/ports.ts";
import type { RequestLog } from "./http/transport.ts";
import type { Needs } from "../domain/needs.ts";

type Deps =
  & Needs<
    | typeof announceEnds
    | typeof purgePlaybackLog
    | typeof purgeSessions
    | typeof followVideo
    | typeof followPendingVideos
    | typeof removeFile
    | typeof sweepFiles
    | typeof deleteVideo
    | typeof sweepVideos
    | typeof purgeMails
    | typeof mailDigests
    | typeof reportRecovery
    | typeof mendChanged
    | typeof watchPayments
    | typeof reconcile
    | typeof submitRefund
    | typeof mailUpdate
    | typeof closePage
    | typeof endSales
    | typeof reportSale
    | typeof reportCompletion
    | typeof sendHit
    | typeof saveContact
    | typeof removeContact
    | typeof tellSupport
  >
  & {
    playbackPolicy: { unusedVideoDays: number; logDays: number };
    purgeLimits(): Promise<void>;
    deliveries: Pick<Deliveries, "purge">;
    log: RequestLog;
  };

/**
 * The bounds of a run of the recurring reconciliation: as many orders as Stripe's rate limit allows next to the
 * shop's own requests, for less time than a job may take, but long enough for a look-up of each kind however slow
 * Stripe is. The next run does the rest.
 */
const RECONCILED_AT_ONCE = { orders: 300, seconds: 60 };

/** How long events that were announced to endpoints can be sent again, in days. */
const WEBHOOK_DAYS = 30;

/** The recurring jobs, run by `jobHandlers`. */
export const RECURRING: RecurringJob[] = [
  { job: { kind: "purge_sessions" }, everySeconds: 24 * 3600 },
  { job: { kind: "mail_digests" }, everySeconds: 24 * 3600 },
  { job: { kind: "purge_mails" }, everySeconds: 24 * 3600 },
  { job: { kind: "purge_webhooks" }, everySeconds: 24 * 3600 },
  { job: { kind: "purge_limits" }, everySeconds: 3600 },
  { job: { kind: "follow_pending_videos" }, everySeconds: 60 },
  { job: { kind: "sweep_videos" }, everySeconds: 24 * 3600 },
  { job: { kind: "sweep_files" }, everySeconds: 24 * 3600 },
  { job: { kind: "purge_playback_log" }, everySeconds: 24 * 3600 },
  { job: { kind: "announce_access_ends" }, everySeconds: 3600 },
  { job: { kind: "reconcile" }, everySeconds: 900 },
  { job: { kind: "watch_payments" }, everySeconds: 300 },
  { job: { kind: "review_all_orders" }, everySeconds: 24 * 3600 },
];

/** Maps each kind of job to its use case. */
export const jobHandlers = (deps: Deps): JobHandlers => ({
  mail_course_update: (job) => mailUpdate(deps, job),
  mail_digests: () => mailDigests(deps),
  purge_mails: () => purgeMails(deps),
  close_page: (job) => closePage(deps, job),
  end_sales: () => endSales(deps),
  submit_refund: (job) => submitRefund(deps, job),
  async reconcile() {
    await mendChanged(deps);
    const { findings, isCutShort } = await reconcile(deps, { dryRun: false, bounds: RECONCILED_AT_ONCE });
    for (const finding of findings) deps.log.warn("reconciled", finding);
    if (isCutShort) deps.log.warn("reconciling ran out of time", RECONCILED_AT_ONCE);
  },
  async watch_payments() {
    await watchPayments(deps);
    await reportRecovery(deps);
  },
  review_all_orders: () => deps.violations.noteUnchanged(),
  purge_webhooks: () => deps.deliveries.purge(WEBHOOK_DAYS * 24 * 3600),
  purge_sessions: () => purgeSessions(deps),
  purge_limits: () => deps.purgeLimits(),
  announce_access_ends: () => announceEnds(deps),
  follow_video: (job) => followVideo(deps, job),
  follow_pending_videos: () => followPendingVideos(deps),
  async sweep_videos() {
    const swept = await sweepVideos(deps, { graceDays: deps.playbackPolicy.unusedVideoDays });
    if (swept.length > 0) {
      deps.log.info("deleting unused videos", { videos: swept.map(({ id }) => id) });
    }
  },
  delete_video: (job) => deleteVideo(deps, job),
  delete_file: (job) => removeFile(deps, job),
  async sweep_files() {
    const swept = await sweepFiles(deps);
    if (swept.length > 0) deps.log.info("removed orphaned files", { files: swept.length });
  },
  report_sale: (job) => reportSale(deps, job),
  report_completion: (job) => reportCompletion(deps, job),
  send_hit: (job) => sendHit(deps, job),
  save_support_contact: (job) => saveContact(deps, job),
  remove_support_contact: (job) => removeContact(deps, job),
  tell_support: (job) => tellSupport(deps, job),
  purge_playback_log: () => purgePlaybackLog(deps, { days: deps.playbackPolicy.logDays }),
});
