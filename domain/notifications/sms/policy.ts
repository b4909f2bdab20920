import { DomainError } from "../../errors.ts";
import type { SmsPolicy } from "./ports.ts";

/** Returns the policy. Throws DomainError `not_found` if the shop sends no SMS. */
export function requireSms(smsPolicy: SmsPolicy): NonNullable<SmsPolicy> {
  if (smsPolicy) return smsPolicy;
  throw new DomainError("not_found", "This shop sends no SMS.");
}

/** The last two digits of a number, for everything but sending. */
export const lastDigits = (number: string): string => `…${number.slice(-2)}`;
