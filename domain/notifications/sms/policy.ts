import { DomainError } from "../../errors.ts";
import type { PhoneNumbers, SmsPolicy } from "./ports.ts";

/** Returns the policy. Throws DomainError `not_found` if the shop sends no SMS. */
export function requireSms(smsPolicy: SmsPolicy): NonNullable<SmsPolicy> {
  if (smsPolicy) return smsPolicy;
  throw new DomainError("not_found", "This shop sends no SMS.");
}

/** Returns whether the shop sends SMS to the number's country: the list may be shorter than when the number was set. */
export async function sendsTo(
  { smsPolicy, phoneNumbers }: { smsPolicy: SmsPolicy; phoneNumbers: PhoneNumbers },
  number: string,
): Promise<boolean> {
  const read = await phoneNumbers.read(number);
  return read !== null && requireSms(smsPolicy).countries.includes(read.country);
}

/** The last two digits of a number, for everything but sending. */
export const lastDigits = (number: string): string => `…${number.slice(-2)}`;
