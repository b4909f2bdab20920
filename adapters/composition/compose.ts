import type { Passwords } from "../../domain/accounts/ports.ts";
import { indexCourses } from "../../domain/catalog/index_courses.ts";
import { purgeEdge } from "../../domain/catalog/purge_edge.ts";
import { startDeliveries } from "../../domain/webhooks/deliver_webhooks.ts";
import { deliverMails } from "../../domain/notifications/mails/deliver_mails.ts";
import { deliverTexts } from "../../domain/notifications/sms/deliver_texts.ts";
import type { Observer } from "../../domain/operations/ports.ts";
import { postAlerts } from "../../domain/operations/post_alerts.ts";
import { jobHandlers, RECURRING } from "../../routes/jobs.ts";
import type { Config, SmsConfig } from "../config/config.ts";
import { lazily } from "../../domain/lazily.ts";
import { STOP } from "../deno/process.ts";
import { inTime } from "../in_time.ts";
import type { Log } from "../log.ts";
import { jobQueue } from "../pgboss/jobs.ts";
import { observed, observerOf, outcomeOfDelivery } from "../observing/observed.ts";
import { openPool, untilReached } from "../postgres/connection.ts";
import { requireMigrated } from "../postgres/migrate.ts";
import { poolGauges, postgresGauges } from "../postgres/operations/watch.ts";
import { prometheusMetrics } from "../prometheus/metrics.ts";
import { purgeLimits } from "../rate_limiter/limits.ts";
import { repeat } from "../repeat.ts";
import { sentryFaults } from "../sentry/faults.ts";
import { loadTelemetry } from "../telemetry/telemetry.ts";
import { createAdapters, mailerOf, publicUrlOf, smsStatusUrl } from "./create_adapters.ts";

/** How long a readiness check waits for the database, in milliseconds. */
const READY_MS = 2000;

/** How long a stop waits for errors that are being reported, in milliseconds. */
const REPORT_MS = 1000;

/** How long a process waits after it found no mail to send or nothing to purge, in milliseconds. */
const PAUSE_MS = 1000;

export type ComposeOptions = {
  /** Called for each statement sent to the database. */
  onStatement?: (text: string) => void;
  /**
   * Password hashing shared by several shops of one process; the caller closes it. By default each shop has its own.
   */
  passwords?: Passwords;
  /** How long running jobs and mails have to finish when everything is closed, in milliseconds. */
  stopMs?: number;
};

/**
 * Wires everything that a process needs, and connects it. Disposing of it finishes running jobs and mails,
 * then closes everything. Throws, leaving nothing open, if the database cannot be reached or lacks migrations.
 */
export async function compose(config: Config, log: Log, options: ComposeOptions = {}) {
  await using parts = new AsyncDisposableStack();
  const process = parts.use(await assemble(config, log, options));
  await process.prepare();
  await process.openQueue();
  parts.move();
  return process;
}

/** Wires everything that a process needs, and asks nothing of the database yet: on a runtime that starts by a request. */
export async function assemble(
  config: Config,
  log: Log,
  { onStatement, passwords, stopMs = STOP.jobs }: ComposeOptions = {},
) {
  await using parts = new AsyncDisposableStack();
  const sql = openPool(config.databaseUrl, { prepares: config.databasePrepares, onStatement });
  const faults = config.sentry ? sentryFaults(config.sentry) : null;
  parts.defer(async () => void await Promise.all([sql.end({ timeout: 1 }), faults?.close(REPORT_MS)]));
  const readGauges = async () => [...await postgresGauges(sql).read(), ...poolGauges(sql.usage())];
  const metrics = config.metricsToken === null ? null : prometheusMetrics(readGauges);
  const telemetry = await loadTelemetry();
  const observer = observerOf([
    ...(metrics ? [metrics] : []),
    ...(telemetry ? [telemetry.telemetryObserver(readGauges)] : []),
  ]);
  const queue = jobQueue(sql, log, { recurring: RECURRING, observer });
  const shop = await createAdapters({
    sql,
    queue,
    config,
    log,
    observer,
    faults: faults ?? { report() {} },
    holding: parts,
    passwords,
  });
  const handlers = jobHandlers({ ...shop, purgeLimits: () => purgeLimits(sql, shop.clock()) });
  const mailer = mailerOf(config.email, observer);
  parts.defer(() => mailer.close?.());
  const mailings: ReturnType<typeof repeat>[] = [];
  const copying: ReturnType<typeof repeat>[] = [];
  let announcing: ReturnType<typeof repeat> | undefined;
  const underWay = new Set<Promise<void>>();
  parts.defer(async () =>
    void await Promise.all([
      ...[queue, ...mailings, ...copying].map((part) => part.stop(stopMs)),
      finishDeliveries(),
    ])
  );
  const announce = () => startDeliveries(shop, underWay);
  /** Starts no further delivery, and waits for those under way. One that is cut off is sent again. */
  async function finishDeliveries() {
    await announcing?.stop(stopMs);
    await inTime(stopMs, () => Promise.all(underWay)).catch(() => {});
  }
  const purge = () => purgeEdge(shop);
  const { searchEngine } = shop;
  const index = searchEngine ? () => indexCourses({ ...shop, searchEngine }) : null;
  const keepCopiesFresh = () => {
    const keep = (round: () => Promise<number>, failure: string) =>
      void copying.push(
        repeat(round, {
          pauseMs: PAUSE_MS,
          onError: (error) => log.error(failure, { error: String(error) }),
        }),
      );
    keep(purge, "edge not purged");
    if (index) keep(index, "courses not indexed");
  };
  const saying = {
    ...shop,
    operatorEmail: config.mail.operatorEmail,
    publicUrl: publicUrlOf(config),
  };
  const deliverByMail = async () => {
    const { brandedLetters } = await import("../letters/letters.ts");
    return await deliverMails({
      ...saying,
      letters: brandedLetters({ name: config.email.shopName, ...config.mail }),
      mailer,
      mailLimits: config.mail.limits,
    });
  };
  /** One per channel, so that a vendor that hangs delays no other. */
  const deliveries = [
    deliverByMail,
    ...(config.sms ? [textingWith(config, config.sms, saying, observer)] : []),
    ...(config.alerts.webhookUrl ? [alertingWith(config, config.alerts.webhookUrl, shop, observer)] : []),
  ];
  const deliver = async () =>
    (await Promise.all(deliveries.map((deliver) => deliver()))).reduce((sum, count) => sum + count, 0);
  let pinging: Promise<unknown> | null = null;
  const closing = parts.move();
  return {
    shop,
    metrics,
    observer,
    /**
     * Resolves when the database responds, tried for the given milliseconds or 15 seconds, and has this release's
     * schema. Otherwise throws an error that says what to do.
     */
    async prepare(patienceMs?: number): Promise<void> {
      await untilReached(sql, config.databaseUrl, { patienceMs, log: (line) => log.warn(line) });
      await requireMigrated(sql);
    },
    /** Opens the job queue, which otherwise the first transaction does. */
    openQueue: queue.open,
    /** Resolves when the database responds. Rejects if it does not respond in time. */
    ping() {
      // One at a time, so that checks cannot take all connections while the database hangs.
      pinging ??= sql`select 1`.finally(() => pinging = null);
      const answered = pinging;
      return inTime(READY_MS, () => answered);
    },
    /** Works jobs, sends mails and webhooks, indexes courses and purges the edge as they arrive. */
    async work() {
      await queue.work(handlers);
      const onError = (error: unknown) => log.error("mails not sent", { error: String(error) });
      mailings.push(...deliveries.map((deliver) => repeat(deliver, { pauseMs: PAUSE_MS, onError })));
      keepCopiesFresh();
      announcing = repeat(announce, {
        pauseMs: PAUSE_MS,
        onError: (error) => log.error("webhooks not sent", { error: String(error) }),
      });
    },
    /** Purges the edge and indexes courses as changes are noted. */
    keepCopiesFresh,
    /**
     * Purges the edge, indexes courses, runs the jobs and sends the mails that are due, and starts none after the given
     * seconds. Returns how many jobs and mails there were.
     */
    async drain(seconds = Infinity): Promise<number> {
      const end = performance.now() + 1000 * seconds;
      const isOver = () => performance.now() > end;
      for (let done = 0;;) {
        while (await purge() > 0 && !isOver());
        while (await index?.() && !isOver());
        const now = await queue.drain(handlers, isOver) + await deliver() + await announce();
        await Promise.all(underWay);
        done += now;
        if (now === 0 || isOver()) return done;
      }
    },
    /** Stops claiming mail. Mails in flight continue, because one that is cut off may be sent twice. */
    takeNoMail: () => mailings.forEach((mailing) => void mailing.stop(0)),
    [Symbol.asyncDispose]: () => closing.disposeAsync(),
  };
}

type Shop = Awaited<ReturnType<typeof createAdapters>>;

/** Returns what sends SMS. Its words and vendor are loaded with the first round. */
function textingWith(
  config: Config,
  sms: SmsConfig,
  saying: Shop & { operatorEmail: string; publicUrl: string },
  observer: Observer | null,
): () => Promise<number> {
  const parts = lazily(async () => {
    const [{ twilioTexter }, { brandedSmsWords }] = await Promise.all([
      import("../twilio/texter.ts"),
      import("../letters/sms_words.ts"),
    ]);
    return {
      texter: observed(
        observer,
        "twilio",
        twilioTexter(sms.twilio, { statusUrl: smsStatusUrl(config) }),
        outcomeOfDelivery,
      ),
      smsWords: brandedSmsWords(config.email.shopName),
    };
  });
  return async () => await deliverTexts({ ...saying, ...await parts(), smsPerDay: sms.perDay });
}

/** Returns what posts alerts to the operator's webhook. */
function alertingWith(
  config: Config,
  url: string,
  shop: Shop,
  observer: Observer | null,
): () => Promise<number> {
  const webhook = lazily(async () =>
    observed(
      observer,
      "slack",
      (await import("../slack/alerts.ts")).slackAlerts({ url, shopName: config.email.shopName }),
      outcomeOfDelivery,
    )
  );
  return async () => await postAlerts({ ...shop, alertWebhook: await webhook() });
}
