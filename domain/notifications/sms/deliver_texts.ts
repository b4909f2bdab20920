import { DomainError } from "../../errors.ts";
import type { Clock } from "../../clock.ts";
import type { Limits } from "../../limits/ports.ts";
import { type Attempt, deliverDue } from "../mails/deliver_due.ts";
import type { ClaimedMail, Outbox } from "../mails/ports.ts";
import type { Message, Notice, NoticeOf, SmsCode } from "../ports.ts";
import { renderNotice, type SayingDeps } from "../render_notice.ts";
import { CODE_SECONDS } from "./confirm_number.ts";
import { lastDigits, sendsTo } from "./policy.ts";
import type { PhoneNumbers, SmsCodes, SmsNumbers, SmsPolicy, SmsTopic, SmsWords, Texter } from "./ports.ts";

type Log = { warn(message: string, fields: Record<string, unknown>): void };
type Deps = SayingDeps & {
  outbox: Outbox;
  smsPolicy: SmsPolicy;
  phoneNumbers: PhoneNumbers;
  smsNumbers: SmsNumbers;
  smsCodes: SmsCodes;
  smsWords: SmsWords;
  texter: Texter;
  limits: Limits;
  /** SMS in any 24 hours; null: any number. */
  smsPerDay: number | null;
  clock: Clock;
  log: Log;
};

/** Notices that are sent by SMS. */
type Texted = NoticeOf<SmsTopic> | NoticeOf<"operator_alert"> | SmsCode;

/**
 * Hand-overs of an SMS without a response. The vendor sends what it is given twice twice, so a code is not handed over
 * again: the person requests another. A notice is, if the vendor says that it does not have it.
 */
const HAND_OVERS = { code: 1, notice: 2 };
/** How long the vendor may try to deliver a notice, in seconds. */
const NOTICE_SECONDS = 4 * 3600;

/** Sends due SMS, up to one round. Returns how many it claimed. */
export async function deliverTexts(deps: Deps): Promise<number> {
  return await deliverDue<Texted>(
    deps,
    {
      channel: "sms",
      limits: { perDay: deps.smsPerDay, bulkPerMinute: null },
      handOvers: ({ kind }) => kind === "sms_code" ? HAND_OVERS.code : HAND_OVERS.notice,
    },
    (mail) => attempt(deps, mail),
  );
}

const NOT_THERE = "the shop sends no SMS to the number's country";

type Text = { to: string; userId: string | null; text: string; validSeconds: number };

async function attempt(deps: Deps, mail: ClaimedMail<Texted>): Promise<Attempt> {
  const { outbox, texter, smsNumbers, clock } = deps;
  const written = await write(deps, mail);
  if ("cancelled" in written) return { outcome: "cancelled", reason: written.cancelled };
  const { userId, ...text } = written;
  const sms = { id: mail.id, ...text };
  if (mail.unanswered > 0) {
    try {
      const vendorId = await texter.find(sms, mail.date);
      if (vendorId !== null) return { outcome: "accepted", vendorId };
    } catch (error) {
      if (!(error instanceof DomainError)) throw error;
      return { outcome: "still_unknown", reason: error.message };
    }
  }
  const result = await texter.send(
    sms,
    () => outbox.handOver(mail, { email: lastDigits(sms.to), userId }, clock()),
  );
  if (result.outcome === "refused" && result.problem) await smsNumbers.mark(sms.to, result.problem);
  return result;
}

/** Puts a notice into words, with the number that it goes to, or says why it is not sent. */
async function write(
  deps: Deps,
  { notice, attempts }: ClaimedMail<Texted>,
): Promise<Text | { cancelled: string }> {
  const { smsPolicy, smsNumbers, smsWords, limits } = deps;
  if (notice.kind === "sms_code") return await writeCode(deps, notice);
  const saying = await renderNotice(deps, notice as Notice);
  if ("cancelled" in saying) return saying;
  const { userId, language } = saying.to;
  const message = saying.message as Message<SmsTopic | "operator_alert">;
  const text = smsWords.write(message, language);
  if (message.kind === "operator_alert") {
    const to = smsPolicy?.alertNumber;
    return to
      ? { to, userId: null, text, validSeconds: NOTICE_SECONDS }
      : { cancelled: "no number is configured" };
  }
  const to = userId && await smsNumbers.wanted(userId, message.kind);
  if (!to) return { cancelled: "the person does not want this by SMS" };
  if (!await sendsTo(deps, to)) return { cancelled: NOT_THERE };
  if (attempts === 1) {
    try {
      await limits.count({ limit: "sms_of_number", of: to });
    } catch (error) {
      if (error instanceof DomainError) return { cancelled: "the number got too many SMS in a day" };
      throw error;
    }
  }
  return { to, userId, text, validSeconds: NOTICE_SECONDS };
}

/** Makes a code, and stores its hash in place of the last one. */
async function writeCode(
  deps: Deps,
  { userId, requestedAt }: SmsCode,
): Promise<Text | { cancelled: string }> {
  const person = await deps.noticeFacts.person(userId);
  if (!person) return { cancelled: "the account is gone" };
  const expiresAt = new Date(deps.clock().getTime() + CODE_SECONDS * 1000);
  const { code, hash } = deps.smsCodes.create(userId);
  const to = await deps.smsNumbers.issue(userId, { hash, expiresAt, requestedAt });
  if (to === null) return { cancelled: "nobody waits for this code any more" };
  if (!await sendsTo(deps, to)) return { cancelled: NOT_THERE };
  const data = { code, validMinutes: CODE_SECONDS / 60 };
  const text = deps.smsWords.write({ kind: "sms_code", data }, person.language);
  return { to, userId, text, validSeconds: CODE_SECONDS };
}
