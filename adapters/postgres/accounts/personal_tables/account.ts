import { ERASED_DOMAIN } from "../../../../domain/accounts/ports.ts";
import type { PersonalTable } from "./personal_table.ts";

/** Tables about the account, its sign-ins and its records. The account's own row comes last. */
export const ACCOUNT_TABLES: PersonalTable[] = [
  {
    table: "sessions",
    columns: ["user_id", "user_agent", "device", "address"],
    show: (sql, userId) =>
      sql`
      select id, device, user_agent, address, created_at, last_used_at, expires_at, revoked_at
      from sessions where user_id = ${userId} order by created_at`,
    erase: (sql, userId) => sql`delete from sessions where user_id = ${userId}`,
  },
  {
    table: "api_keys",
    columns: ["owner_id", "name"],
    show: (sql, userId) =>
      sql`
      select id, name, start, scopes, created_at, expires_at, revoked_at, last_used_at
      from api_keys where owner_id = ${userId} order by created_at`,
    erase: (sql, userId) => sql`delete from api_keys where owner_id = ${userId}`,
  },
  {
    table: "onboarding_answers",
    columns: ["user_id", "age"],
    show: (sql, userId) =>
      sql`
      select a.id, v.name as university, a.degree, a.graduation_year, a.interests, a.age, a.created_at, a.updated_at
      from onboarding_answers a left join universities v on v.id = a.university_id where a.user_id = ${userId}`,
    erase: (sql, userId) => sql`delete from onboarding_answers where user_id = ${userId}`,
  },
  {
    table: "password_invitations",
    columns: ["user_id"],
    show: (sql, userId) => sql`select reason, invited_at from password_invitations where user_id = ${userId}`,
    erase: (sql, userId) => sql`delete from password_invitations where user_id = ${userId}`,
  },
  {
    table: "legacy_accounts",
    columns: ["user_id"],
    show: (sql, userId) =>
      sql`select former_id from legacy_accounts where user_id = ${userId} order by former_id`,
    erase: (sql, userId) => sql`delete from legacy_accounts where user_id = ${userId}`,
  },
  {
    table: "support_contacts",
    columns: ["user_id"],
    show: (sql, userId) => sql`select contact_id, created_at from support_contacts where user_id = ${userId}`,
    // The job that deletes the contact at the support tool needs the id, and deletes the row.
    erase: null,
  },
  {
    table: "audit_log",
    columns: ["actor_id"],
    show: (sql, userId) =>
      sql`
      select action, subject_type, subject_id, before, after, reason, occurred_at from audit_log
      where actor_id = ${userId} or (subject_type = 'user' and subject_id = ${userId}) order by id`,
    // It has ids without personal details, and is append-only.
    erase: null,
  },
  {
    table: "users",
    columns: [
      "id",
      "email",
      "pending_email",
      "password_hash",
      "first_name",
      "last_name",
      "username",
      "phone",
      "language",
      "bio",
      "avatar_key",
      "publishes_email",
      "university_id",
    ],
    show: (sql, userId) =>
      sql`
      select u.id, u.email, u.pending_email, u.first_name, u.last_name, u.username, u.phone, u.language, u.role, u.bio,
        u.avatar_key, v.name as university, u.publishes_email, u.email_verified_at, u.deactivated_at, u.created_at,
        u.updated_at
      from users u left join universities v on v.id = u.university_id where u.id = ${userId}`,
    // The row stays, because others refer to it. No password matches an empty hash. The file sweep removes the
    // picture.
    erase: (sql, userId) =>
      sql`
      update users set email = 'erased-' || lower(id) || ${
        "@" + ERASED_DOMAIN
      }, pending_email = null, password_hash = '',
        first_name = '', last_name = '', username = '', phone = '', language = 'en', bio = '', avatar_key = null,
        university_id = null, publishes_email = false, email_verified_at = null, role = 4,
        credentials_version = credentials_version + 1, deactivated_at = coalesce(deactivated_at, statement_timestamp()),
        erased_at = statement_timestamp(), updated_at = statement_timestamp()
      where id = ${userId}`,
  },
];
