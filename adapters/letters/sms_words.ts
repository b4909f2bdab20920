import type { Language } from "../../domain/accounts/ports.ts";
import type { SmsMessage, SmsWords } from "../../domain/notifications/sms/ports.ts";
import { tamed, tameForStrangers } from "./tame.ts";
import { SMS } from "./words/sms.ts";

type AnyWording = Record<Language, (data: SmsMessage["data"], shop: string) => string>;

/** Returns the words of SMS. Titles that tutors chose have no contact details, for telephones make links of them. */
export function brandedSmsWords(shopName: string): SmsWords {
  return {
    write: (message, language) =>
      (SMS[message.kind] as AnyWording)[language](tamed(message.data, tameForSms), shopName),
  };
}

/** Does the same as for strangers, with characters of GSM 03.38 alone for what is left out or broken up. */
const tameForSms = (text: string) =>
  tameForStrangers(text).replaceAll("\u200c", "").replaceAll("…", "...").replace(/[“”„]/g, '"').replaceAll(
    "’",
    "'",
  );
