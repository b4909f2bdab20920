import type { Mailer } from "../../domain/notifications/mails/ports.ts";

/** Returns a mailer that only writes to the console, for trying things out. */
export function consoleMailer(write: (text: string) => void = console.log): Mailer {
  return {
    async send({ id, to, subject, text }, beforeHandOver) {
      await beforeHandOver();
      write(`Mail ${id}\nTo: ${to}\nSubject: ${subject}\n\n${text}`);
      return { outcome: "accepted" };
    },
  };
}
