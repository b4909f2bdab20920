import type { Language } from "../../domain/accounts/ports.ts";

type Phrases = {
  greeting(name: string): string;
  /** Why this mail came. */
  reason(shop: string): string;
  unsubscribe: string;
};

/** What every letter says around its own words. */
export const PHRASES: Record<Language, Phrases> = {
  en: {
    greeting: (name) => name ? `Hello ${name},` : "Hello,",
    reason: (shop) => `You receive this mail because of your account with ${shop}.`,
    unsubscribe: "Stop mails of this kind",
  },
  ru: {
    greeting: (name) => name ? `Здравствуйте, ${name}!` : "Здравствуйте!",
    reason: (shop) => `Вы получили это письмо, потому что у вас есть учётная запись в ${shop}.`,
    unsubscribe: "Не присылать такие письма",
  },
  es: {
    greeting: (name) => name ? `Hola, ${name}:` : "Hola:",
    reason: (shop) => `Recibes este mensaje porque tienes una cuenta en ${shop}.`,
    unsubscribe: "No recibir más mensajes de este tipo",
  },
};

export const LANGUAGES = Object.keys(PHRASES) as Language[];
