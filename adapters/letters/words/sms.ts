import type { Language } from "../../../domain/accounts/ports.ts";
import type { SmsMessage } from "../../../domain/notifications/sms/ports.ts";
import { fitted } from "../segments.ts";
import { shortDate } from "./format.ts";

type Kind = SmsMessage["kind"];
type DataOf<Each extends Kind> = Extract<SmsMessage, { kind: Each }>["data"];
type Wording<Each extends Kind> = Record<Language, (data: DataOf<Each>, shop: string) => string>;

/**
 * What is said by SMS. A segment has 160 characters, but 70 if one is not in GSM 03.38: Cyrillic is not, nor are the
 * Spanish á í ó ú, which these texts avoid. They have no links: whoever gets one can expect none.
 */
export const SMS: { [Each in Kind]: Wording<Each> } = {
  sms_code: {
    en: ({ code, validMinutes }, shop) =>
      `${code} is your code for ${shop}. It is valid for ${validMinutes} minutes. Do not share it.`,
    ru: ({ code, validMinutes }, shop) => `${code} – код для ${shop}. Действует ${validMinutes} мин.`,
    es: ({ code, validMinutes }, shop) =>
      `${code} es tu clave para ${shop}. Vale durante ${validMinutes} minutos. No la compartas.`,
  },
  access_ending: {
    en: ({ courseTitle, until }, shop) =>
      fitted(courseTitle, (title) => `${shop}: your access to ${title} ends on ${shortDate("en", until)}.`),
    ru: ({ courseTitle, until }, shop) =>
      fitted(courseTitle, (title) => `${shop}: доступ к «${title}» до ${shortDate("ru", until)}`),
    es: ({ courseTitle, until }, shop) =>
      fitted(courseTitle, (title) => `${shop}: tu acceso a ${title} termina el ${shortDate("es", until)}.`),
  },
  payment_failed: {
    en: ({ titles }, shop) =>
      fitted(
        titles[0]!,
        (title) => `${shop}: your payment for ${title} failed. You were not charged; please try again.`,
      ),
    ru: ({ titles }, shop) => fitted(titles[0]!, (title) => `${shop}: платёж не прошёл: ${title}`),
    es: ({ titles }, shop) =>
      fitted(
        titles[0]!,
        (title) => `${shop}: no se pudo cobrar tu pago de ${title}. Puedes intentarlo de nuevo.`,
      ),
  },
  operator_alert: { en: alert, ru: alert, es: alert },
};

/** Renders an alert. The text follows in the mail. */
function alert({ subject, text }: DataOf<"operator_alert">, shop: string): string {
  return fitted(text.replace(/\s+/g, " "), (cut) => `[${shop}] ${subject}: ${cut}`);
}
