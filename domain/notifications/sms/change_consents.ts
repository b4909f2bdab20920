import { orNotFound } from "../../errors.ts";
import type { Transaction } from "../../transaction.ts";
import { requireSms } from "./policy.ts";
import { SMS_TOPICS, type SmsNumber, type SmsNumbers, type SmsPolicy, type SmsTopic } from "./ports.ts";

/** Returns the user's number with what they want to get on it; null if they have none. */
export async function showNumber(
  deps: { smsPolicy: SmsPolicy; smsNumbers: SmsNumbers },
  { userId }: { userId: string },
): Promise<SmsNumber | null> {
  requireSms(deps.smsPolicy);
  return await deps.smsNumbers.find(userId);
}

/** Records what the user wants to get by SMS from now on. Throws DomainError `not_found` if they have no number. */
export async function changeConsents(
  deps: { smsPolicy: SmsPolicy; transaction: Transaction<{ smsNumbers: SmsNumbers }> },
  { userId, wishes }: { userId: string; wishes: Partial<Record<SmsTopic, boolean>> },
): Promise<SmsNumber> {
  requireSms(deps.smsPolicy);
  return await deps.transaction(async ({ smsNumbers }) => {
    orNotFound(await smsNumbers.lock(userId), "number");
    for (const topic of SMS_TOPICS) {
      if (wishes[topic] === true) await smsNumbers.consent(userId, topic);
      if (wishes[topic] === false) await smsNumbers.withdraw(userId, topic);
    }
    return (await smsNumbers.find(userId))!;
  });
}

/** Removes the user's number, with the consents. Repeating it is harmless. */
export async function removeNumber(
  deps: { smsPolicy: SmsPolicy; smsNumbers: SmsNumbers },
  { userId }: { userId: string },
): Promise<void> {
  requireSms(deps.smsPolicy);
  await deps.smsNumbers.remove(userId);
}
