import type { PersonalData } from "../../../domain/accounts/ports.ts";
import { lockCheckout } from "../checkout/orders.ts";
import type { Queries } from "../queries.ts";
import { ACCOUNT_TABLES } from "./personal_tables/account.ts";
import { LEARNING_TABLES } from "./personal_tables/learning.ts";
import { MAIL_TABLES } from "./personal_tables/mails.ts";
import { PURCHASE_TABLES } from "./personal_tables/purchases.ts";
import { TEACHING_TABLES } from "./personal_tables/teaching.ts";
import type { PersonalTable, Row } from "./personal_tables/personal_table.ts";

/**
 * Every table with columns about people (tests/adapters/postgres/accounts/personal_data_test.ts fails if one is
 * missing). Ids stay where money or access must be accounted for: once the account's row is blank they identify
 * nobody (pseudonymous, GDPR art. 4 (5)). Tax law requires that invoices and payments are kept for years (GDPR art.
 * 17 (3) b). Stripe has the payer's details, so ours are erased. Tables are erased in this order: the account last,
 * because mails and invitations are found by its address.
 */
export const PERSONAL_TABLES: PersonalTable[] = [
  ...LEARNING_TABLES,
  ...TEACHING_TABLES,
  ...PURCHASE_TABLES,
  ...MAIL_TABLES,
  ...ACCOUNT_TABLES,
];

/**
 * Columns with ids of accounts or names that suggest people, but not in PERSONAL_TABLES, as `table.column`, and why.
 */
export const IMPERSONAL_COLUMNS: Record<string, string> = {
  "playback_sessions.ended_by": "says how it ended, not who ended it",
  "users.role": "what the shop lets them do",
  "users.created_at": "when the row was made",
  "users.updated_at": "when the row was changed",
  "users.email_verified_at": "is about the address, which is among them",
  "users.deactivated_at": "what the shop did",
  "users.erased_at": "says that nothing else is left",
  "users.credentials_version": "counts passwords",
};

/** Columns of `users` that are not shown to their owner, and why. */
export const HIDDEN_COLUMNS: Record<string, string> = {
  password_hash: "would help whoever steals the file",
  credentials_version: "counts passwords, and says nothing of the person",
  erased_at: "an erased account is shown to nobody",
  university_id: "is shown by its name",
};

/** Returns all personal data in PostgreSQL. */
export function postgresPersonalData(sql: Queries): PersonalData {
  return {
    async show(userId) {
      const shown: Record<string, Row[]> = {};
      for (const { table, show } of PERSONAL_TABLES) {
        if (show) shown[table] = [...await show(sql, userId)];
      }
      return shown;
    },

    async erase(userId) {
      await lockCheckout(sql, userId); // an order that is being created would keep the address
      for (const { erase } of PERSONAL_TABLES) await erase?.(sql, userId);
    },
  };
}
