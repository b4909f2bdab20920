import type { PhoneNumbers } from "../../domain/notifications/sms/ports.ts";
import { lazily } from "../../domain/lazily.ts";

/** Kinds of numbers that get SMS; for many countries the library cannot tell. */
const GET_SMS = new Set(["MOBILE", "FIXED_LINE_OR_MOBILE", undefined]);

const library = lazily(() => import("libphonenumber-js/min"));

/** Returns a reader of telephone numbers with their country code, by Google's metadata, which is loaded on first use. */
export function libphonenumberPhoneNumbers(): PhoneNumbers {
  return {
    async read(text) {
      const { parsePhoneNumberFromString } = await library();
      const number = parsePhoneNumberFromString(text, { extract: false });
      if (!number?.isValid() || !number.country || number.ext || !GET_SMS.has(number.getType())) return null;
      return { number: number.number, country: number.country };
    },
  };
}
