import type { Language } from "../../../domain/accounts/ports.ts";
import type { Recipient } from "../../../domain/notifications/ports.ts";
import type { Queries } from "../queries.ts";

/** The columns of `recipient`. */
export type RecipientRow = {
  userId: string;
  email: string;
  name: string;
  language: Language;
  isProven: boolean;
};

/** Returns SQL for the columns of a recipient, from the user `u`. */
export function recipient(sql: Queries) {
  return sql`u.id as "userId", u.email, u.first_name as name, u.language,
    u.email_verified_at is not null as "isProven"`;
}

/** Returns SQL for the first and last name of a user `a`, either of which may be empty. */
export function fullName(sql: Queries) {
  return sql`trim(a.first_name || ' ' || a.last_name)`;
}

/** Returns the recipient in a row, without its other columns. */
export function toRecipient({ userId, email, name, language, isProven }: RecipientRow): Recipient {
  return { userId, email, name, language, isProven };
}

/** Returns a recipient without an account. */
export function stranger(email: string): Recipient {
  return { userId: null, email, name: "", language: "en", isProven: false };
}
