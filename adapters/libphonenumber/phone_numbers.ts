import type { PhoneNumbers } from "../../domain/notifications/sms/ports.ts";
import { lazily } from "../../domain/lazily.ts";

/** Kinds of numbers that get SMS. A premium number is not one: whoever owns it earns from each. */
const GET_SMS = new Set<string | undefined>(["MOBILE", "FIXED_LINE_OR_MOBILE"]);

/** With all metadata, because less does not tell the kinds of numbers of most countries. */
const library = lazily(() => import("libphonenumber-js/max"));

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
