import type { Users } from "../../accounts/ports.ts";
import type { Clock } from "../../clock.ts";
import { DomainError, invalidField, orNotFound } from "../../errors.ts";
import type { Limits } from "../../limits/ports.ts";
import type { Transaction } from "../../transaction.ts";
import type { Outbox, OutboxEntry } from "../mails/ports.ts";
import type { SmsCode } from "../ports.ts";
import { requireSms, sendsTo } from "./policy.ts";
import type { PhoneNumbers, SmsCodes, SmsNumber, SmsNumbers, SmsPolicy } from "./ports.ts";

/** How long a code holds after it was sent, and how soon another may be requested, in seconds. */
export const CODE_SECONDS = 600;
export const CODE_PAUSE_SECONDS = 60;
/** Wrong codes after which a code is worthless. */
const CODE_TRIES = 5;

type Requesting = {
  smsPolicy: SmsPolicy;
  smsNumbers: SmsNumbers;
  users: Pick<Users, "byId">;
  limits: Limits;
  transaction: Transaction<{ smsNumbers: SmsNumbers; outbox: Outbox }>;
  clock: Clock;
};
type Asker = { userId: string; ipAddress: string };

/**
 * Stores the number to which the user wants SMS, and sends a code to it, unless it is confirmed or one was requested
 * within the last minute. Refuses numbers of other countries than the shop's list, and users with an unverified
 * address. Limited per account, IP address and number, so that nobody can text strangers at the shop's cost.
 */
export async function setNumber(
  deps: Requesting & { phoneNumbers: PhoneNumbers },
  { number: text, ...asker }: Asker & { number: string },
): Promise<SmsNumber> {
  const { countries } = requireSms(deps.smsPolicy);
  const read = await deps.phoneNumbers.read(text);
  if (!read) {
    throw invalidField("number", "Enter a mobile number with its country code, such as +49 1512 3456789.");
  }
  if (!countries.includes(read.country)) {
    throw invalidField("number", "This shop sends no SMS to this country.");
  }
  return await requestCode(deps, asker, read.number);
}

/** Sends another code to the user's number, on the same conditions. Throws DomainError `not_found` if there is none. */
export async function resendCode(
  deps: Requesting & { phoneNumbers: PhoneNumbers },
  asker: Asker,
): Promise<SmsNumber> {
  requireSms(deps.smsPolicy);
  const { number } = orNotFound(await deps.smsNumbers.find(asker.userId), "number");
  if (!await sendsTo(deps, number)) {
    throw new DomainError(
      "forbidden",
      "This shop sends no SMS to this country any more. Set another number.",
    );
  }
  return await requestCode(deps, asker, number);
}

async function requestCode(
  deps: Requesting,
  { userId, ipAddress }: Asker,
  number: string,
): Promise<SmsNumber> {
  const isDue = (current: SmsNumber | null) => {
    if (current?.number !== number || current.problem !== null) return true;
    const earliest = current.codeRequestedAt && nextCodeAt(current.codeRequestedAt);
    return current.confirmedAt === null && (earliest === null || earliest <= deps.clock());
  };
  const current = await deps.smsNumbers.find(userId);
  if (!isDue(current)) return current!;
  const user = orNotFound(await deps.users.byId(userId), "account");
  if (!user.emailVerifiedAt) throw new DomainError("forbidden", "Verify your e-mail address first.");
  // One by one: who is refused must not use up what a number, which may be a stranger's, has left.
  await deps.limits.count({ limit: "sms_of_account", of: userId });
  await deps.limits.count({ limit: "daily_sms_of_account", of: userId });
  await deps.limits.count({ limit: "sms_of_address", of: ipAddress });
  await deps.limits.count({ limit: "sms_of_number", of: number });
  return await deps.transaction(async ({ smsNumbers, outbox }) => {
    if (isDue(await smsNumbers.lock(userId))) {
      const now = deps.clock();
      await smsNumbers.request(userId, number, now);
      await outbox.add(codeEntry({ kind: "sms_code", userId, requestedAt: now.toISOString() }));
    }
    return (await smsNumbers.find(userId))!;
  });
}

/** Returns when another code may be requested. */
export const nextCodeAt = (requestedAt: Date): Date =>
  new Date(requestedAt.getTime() + CODE_PAUSE_SECONDS * 1000);

/** Prepares a code for the outbox. Each request has its own. */
const codeEntry = (notice: SmsCode): OutboxEntry => ({
  channel: "sms",
  notice,
  subjectKey: `${notice.userId} ${notice.requestedAt}`,
  isRecurring: false,
  lane: "newcomers",
});

/** Confirms the user's number. Repeating it is harmless. A code that was tried too often is worthless. */
export async function confirmNumber(
  deps: {
    smsPolicy: SmsPolicy;
    smsCodes: SmsCodes;
    limits: Limits;
    transaction: Transaction<{ smsNumbers: SmsNumbers }>;
    clock: Clock;
  },
  { userId, code }: { userId: string; code: string },
): Promise<SmsNumber> {
  requireSms(deps.smsPolicy);
  const guess = { limit: "sms_code_of_account", of: userId } as const;
  await deps.limits.check(guess);
  const result = await deps.transaction(async ({ smsNumbers }) => {
    const current = orNotFound(await smsNumbers.lock(userId), "number");
    if (current.confirmedAt === null) {
      const { code: sent } = current;
      const now = deps.clock();
      if (!sent || sent.expiresAt <= now) return "This code has expired. Request another.";
      if (sent.tries >= CODE_TRIES) return "Wrong codes were given too often. Request another.";
      if (!deps.smsCodes.matches(userId, code, sent.hash)) {
        await smsNumbers.countWrongCode(userId);
        return "This code is wrong.";
      }
      await smsNumbers.confirm(userId, now);
    }
    return (await smsNumbers.find(userId))!;
  });
  if (typeof result !== "string") return result;
  await deps.limits.count(guess);
  throw invalidField("code", result);
}
