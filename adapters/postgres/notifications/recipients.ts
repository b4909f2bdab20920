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

/** The columns that name a person `u`. */
export function recipient(sql: Queries) {
  return sql`u.id as "userId", u.email, u.first_name as name, u.language,
    u.email_verified_at is not null as "isProven"`;
}

/** A person `a` by first and last name, of which either may be empty. */
export function fullName(sql: Queries) {
  return sql`trim(a.first_name || ' ' || a.last_name)`;
}

/** The person that a row names, without the rest of the row. */
export function toRecipient({ userId, email, name, language, isProven }: RecipientRow): Recipient {
  return { userId, email, name, language, isProven };
}

/** Somebody without an account, or whose account is gone. */
export function stranger(email: string): Recipient {
  return { userId: null, email, name: "", language: "en", isProven: false };
}
