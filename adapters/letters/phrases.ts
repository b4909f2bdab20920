import type { Language } from "../../domain/accounts/ports.ts";

type Phrases = {
  greeting(name: string): string;
  /** Why the recipient gets this mail. */
  reason(shop: string): string;
  unsubscribe: string;
};

/** The words that all letters have in common. */
export const PHRASES: Record<Language, Phrases> = {
  en: {
    greeting: (name) => name ? `Hello ${name},` : "Hello,",
    reason: (shop) => `You are receiving this mail because you have an account with ${shop}.`,
    unsubscribe: "Unsubscribe from these mails",
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
