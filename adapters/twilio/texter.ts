import { z } from "zod";
import { DomainError } from "../../domain/errors.ts";
import type { NumberProblem, Sms, SmsOutcome, Texter } from "../../domain/notifications/sms/ports.ts";
import type { Config } from "../config/config.ts";
import { inTime, isUnconnected } from "../in_time.ts";
import { PROBLEMS } from "./problems.ts";

export type Twilio = NonNullable<Config["sms"]>["twilio"];

const TIMEOUT_MS = 10_000;
/** How many of the account's last messages are looked through. */
const LOOKED_THROUGH = 200;
/** How much Twilio's clock may be behind ours, in milliseconds. */
const CLOCK_SKEW_MS = 60_000;

/** Twilio numbers errors about a message from 21000 on (https://www.twilio.com/docs/api/errors). */
const isAboutMessage = (code: number) => code >= 21_000 && code < 22_000;

const accepted = z.looseObject({ sid: z.string().regex(/^(SM|MM)[0-9a-f]{32}$/) });
const refusal = z.looseObject({ code: z.number() });
const listed = z.looseObject({
  messages: z.array(
    z.looseObject({ sid: z.string(), to: z.string(), body: z.string(), date_created: z.string() }),
  ),
});

/**
 * Sends SMS by Twilio's Messages resource. It has no idempotency keys, so after a 5xx or a time-out it is unknown
 * whether a message was accepted; with 429 it was not. Twilio's texts and the errors of `fetch` name the number, so only
 * codes are passed on. `statusUrl` is where Twilio reports the delivery of an entry of the outbox.
 */
export function twilioTexter(
  { accountSid, authToken, sender, apiUrl }: Twilio,
  { statusUrl, timeoutMs = TIMEOUT_MS }: { statusUrl(mailId: string): string; timeoutMs?: number },
): Texter {
  const url = `${apiUrl}/2010-04-01/Accounts/${accountSid}/Messages.json`;
  const ask = (url: string, request: RequestInit) =>
    inTime(timeoutMs, async (signal) => {
      const headers = { authorization: `Basic ${btoa(`${accountSid}:${authToken}`)}` };
      const response = await fetch(url, { ...request, headers, signal });
      return { status: response.status, headers: response.headers, body: jsonOf(await response.text()) };
    });
  return {
    async send({ id, to, text, validSeconds }, beforeHandOver) {
      const body = new URLSearchParams({
        To: to,
        Body: text,
        ValidityPeriod: String(validSeconds),
        StatusCallback: statusUrl(id),
        ...("messagingServiceSid" in sender
          ? { MessagingServiceSid: sender.messagingServiceSid }
          : { From: sender.from }),
      });
      await beforeHandOver();
      try {
        return outcomeOf(await ask(url, { method: "POST", body }));
      } catch (error) {
        return isUnconnected(error)
          ? { outcome: "not_now", reason: "Twilio cannot be reached" }
          : { outcome: "unknown", reason: `Twilio did not answer: ${(error as Error).name}` };
      }
    },

    async find({ to, text }: Sms, since) {
      // All numbers, because one in the address would be in traces and in error texts.
      const { status, body } = await ask(`${url}?PageSize=${LOOKED_THROUGH}`, {}).catch((cause) => {
        throw unavailable(`it did not answer (${cause.name})`);
      });
      const parsed = listed.safeParse(body);
      if (status !== 200 || !parsed.success) throw unavailable(`it answered ${status}`);
      const { messages } = parsed.data; // the newest first
      const earliest = since.getTime() - CLOCK_SKEW_MS;
      const timeOf = (message: { date_created: string } | undefined) =>
        message ? Date.parse(message.date_created) : NaN;
      const found = messages.find((message) =>
        message.to === to && message.body === text && timeOf(message) >= earliest
      );
      if (found) return found.sid;
      const isCutOff = messages.length === LOOKED_THROUGH && !(timeOf(messages.at(-1)) < earliest);
      if (isCutOff) throw unavailable("there are too many messages since");
      return null;
    },
  };
}

function outcomeOf(
  { status, headers, body }: { status: number; headers: Headers; body: unknown },
): SmsOutcome {
  const { data: message } = accepted.safeParse(body);
  if (status === 200 || status === 201) {
    return message
      ? { outcome: "accepted", vendorId: message.sid }
      : { outcome: "unknown", reason: `Twilio answered ${status} without a message` };
  }
  const { data: error } = refusal.safeParse(body);
  const reason = `Twilio answered ${status}${error ? `, error ${error.code}` : ""}`;
  if (status === 429) {
    const seconds = Number(headers.get("retry-after"));
    return { outcome: "not_now", reason, ...(seconds > 0 ? { retryAfter: seconds } : {}) };
  }
  if (status >= 500 || status < 400) return { outcome: "unknown", reason };
  // Our configuration is at fault, not the message.
  if (!error || !isAboutMessage(error.code)) return { outcome: "not_now", reason };
  const problem: NumberProblem | undefined = PROBLEMS[error.code];
  return { outcome: "refused", reason, ...(problem ? { problem } : {}) };
}

const unavailable = (what: string) =>
  new DomainError("vendor_unavailable", `Twilio does not say what it has: ${what}`);

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
