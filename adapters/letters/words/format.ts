import { currencyExponent, decimalAmount, type Money } from "../../../domain/money.ts";
import type { Language } from "../../../domain/accounts/ports.ts";

/** An amount as the language writes it, exact: "$49.99", "49,99 US$". */
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

/** A day in words, UTC. */
export function date(language: Language, at: Date): string {
  const words = new Intl.DateTimeFormat(language, { dateStyle: "long", timeZone: "UTC" }).format(at);
  return words.replace(/\s*г\.$/u, ""); // Russian's abbreviation of "year" would end every sentence twice
}

/** A moment in words, in UTC and saying so. */
export function dateTime(language: Language, at: Date): string {
  const format = new Intl.DateTimeFormat(language, {
    dateStyle: "long",
    timeStyle: "short",
    timeZone: "UTC",
  });
  return `${format.format(at)} UTC`;
}

/** A day given as YYYY-MM-DD, in words. */
export function day(language: Language, isoDay: string): string {
  return date(language, new Date(`${isoDay}T00:00:00Z`));
}

/** "a, b and c" in the language's way. */
export function list(language: Language, items: string[]): string {
  return new Intl.ListFormat(language).format(items);
}

type Forms = { one: string; few?: string; other: string };

/** A number with its noun in the form that the language's grammar asks for. */
export function counted(language: Language, count: number, forms: Forms): string {
  const form = new Intl.PluralRules(language).select(count);
  const noun = form === "one" ? forms.one : form === "few" ? forms.few ?? forms.other : forms.other;
  return `${new Intl.NumberFormat(language).format(count)} ${noun}`;
}
