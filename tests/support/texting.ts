import { hmacSmsCodes } from "../../adapters/hmac/sms_codes.ts";
import { brandedSmsWords } from "../../adapters/letters/sms_words.ts";
import { libphonenumberPhoneNumbers } from "../../adapters/libphonenumber/phone_numbers.ts";
import { postgresSmsNumbers } from "../../adapters/postgres/notifications/sms_numbers.ts";
import { postgresOutbox } from "../../adapters/postgres/notifications/outbox.ts";
import type { Database } from "../../adapters/postgres/queries.ts";
import { postgresLimits } from "../../adapters/rate_limiter/limits.ts";
import type { Sandbox } from "../../adapters/sandbox/sandbox.tsx";
import { slackAlerts } from "../../adapters/slack/alerts.ts";
import { twilioTexter } from "../../adapters/twilio/texter.ts";
import { DEFAULT_LIMITS } from "../../domain/limits/ports.ts";
import { type Channels, queueNotices } from "../../domain/notifications/queue_notices.ts";
import type { Notice } from "../../domain/notifications/ports.ts";
import { deliverTexts } from "../../domain/notifications/sms/deliver_texts.ts";
import { postAlerts } from "../../domain/operations/post_alerts.ts";
import { mailing } from "./mailing.ts";

export const OPERATOR = "+4915100000000";
const SECRET = "a secret of the tests that is long enough";

/**
 * The way of notices by SMS and to the operator's webhook, on a real database, against the stand-ins of Twilio and
 * Slack, with the clock of the mails.
 */
export function texting(
  sql: Database,
  sandbox: Sandbox,
  { channels = { ofAlerts: ["sms", "webhook"], textsPeople: true }, perDay = null }: {
    channels?: Channels;
    perDay?: number | null;
  } = {},
) {
  const { environment: env } = sandbox;
  const mails = mailing(sql, { aheadMs: 1000 }); // Twilio says when it got a message
  const smsNumbers = postgresSmsNumbers(sql);
  const warnings: Record<string, unknown>[] = [];
  const deps = {
    ...mails.deps,
    smsNumbers,
    phoneNumbers: libphonenumberPhoneNumbers(),
    smsPolicy: { countries: ["DE"], alertNumber: OPERATOR },
    smsCodes: hmacSmsCodes([SECRET]),
    smsWords: brandedSmsWords("11Tutors"),
    smsPerDay: perDay,
    texter: twilioTexter({
      accountSid: env.TWILIO_ACCOUNT_SID!,
      authToken: env.TWILIO_AUTH_TOKEN!,
      previousAuthToken: null,
      sender: { messagingServiceSid: env.TWILIO_MESSAGING_SERVICE_SID! },
      apiUrl: env.TWILIO_API_URL!,
    }, { statusUrl: () => "", timeoutMs: 1500 }),
    alertWebhook: slackAlerts({ url: env.ALERT_WEBHOOK_URL!, shopName: "11Tutors" }, { timeoutMs: 1500 }),
    limits: postgresLimits(sql, DEFAULT_LIMITS),
    log: { warn: (_: string, fields: Record<string, unknown>) => void warnings.push(fields) },
  };
  return {
    ...mails,
    deps,
    /** What the log was told of notices that were not delivered. */
    warnings,
    add: (...notices: Notice[]) =>
      queueNotices({ outbox: postgresOutbox(sql), smsNumbers }, channels, notices),
    /** Rounds on every channel until nothing is due. */
    async deliver() {
      await mails.deliver();
      while (await deliverTexts(deps) > 0);
      while (await postAlerts(deps) > 0);
    },
    /** Channel, state and reason of every entry, by channel. */
    states: async () => [
      ...await sql<{ channel: string; state: string; reason: string | null; attempts: number }[]>`
        select (array['mail', 'sms', 'webhook'])[lane / 10 + 1] as channel, state, reason, attempts from mails
        order by lane, created_at, id`,
    ],
  };
}
