import { currencyExponent, decimalAmount, type Money } from "../../../domain/money.ts";
import type { Language } from "../../../domain/accounts/ports.ts";

/** Formats an exact amount in the language: "$49.99", "49,99 US$". */
export function money(language: Language, { amount, currency }: Money): string {
  const digits = currencyExponent(currency);
  const format = new Intl.NumberFormat(language, {
    style: "currency",
    currency: currency.toUpperCase(),
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
  return format.format(decimalAmount({ amount, currency }) as `${number}`);
}

/** Formats a date in words, in UTC. */
export function date(language: Language, at: Date): string {
  const words = new Intl.DateTimeFormat(language, { dateStyle: "long", timeZone: "UTC" }).format(at);
  return words.replace(/\s*г\.$/u, ""); // Russian's abbreviation of "year" would end every sentence twice
}

/** Formats a date in few characters, in UTC, with spaces that GSM 03.38 has. */
export function shortDate(language: Language, at: Date): string {
  const words = new Intl.DateTimeFormat(language, { dateStyle: "medium", timeZone: "UTC" }).format(at);
  return words.replace(/\s/g, " ");
}

/** Formats a timestamp in words, in UTC, which it names. */
export function dateTime(language: Language, at: Date): string {
  const format = new Intl.DateTimeFormat(language, {
    dateStyle: "long",
    timeStyle: "short",
    timeZone: "UTC",
  });
  return `${format.format(at)} UTC`;
}

/** Formats a day, given as YYYY-MM-DD, in words. */
export function day(language: Language, isoDay: string): string {
  return date(language, new Date(`${isoDay}T00:00:00Z`));
}

/** Formats a list in the language: "a, b and c". */
export function list(language: Language, items: string[]): string {
  return new Intl.ListFormat(language).format(items);
}

type Forms = { one: string; few?: string; other: string };

/** Formats a number with its noun in the grammatical form of the language. */
export function counted(language: Language, count: number, forms: Forms): string {
  const form = new Intl.PluralRules(language).select(count);
  const noun = form === "one" ? forms.one : form === "few" ? forms.few ?? forms.other : forms.other;
  return `${new Intl.NumberFormat(language).format(count)} ${noun}`;
}
