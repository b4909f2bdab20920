import type { Credentials, User, Users } from "../../../domain/accounts/ports.ts";
import { changed, rowOf } from "../columns.ts";
import type { Queries } from "../queries.ts";

/** Returns accounts in PostgreSQL. */
export function postgresUsers(sql: Queries): Users {
  return {
    async add(user) {
      const [row] = await sql<User[]>`
        insert into users as u (email, password_hash, first_name, last_name, role)
        values (${user.email}, ${user.passwordHash}, ${user.firstName}, ${user.lastName}, ${user.role})
        on conflict (email) do nothing
        returning ${userColumns(sql)}`;
      return row ?? null;
    },

    async byId(id) {
      const [row] = await sql<User[]>`
        select ${userColumns(sql)} from users u where u.id = ${id} and u.erased_at is null`;
      return row ?? null;
    },

    async credentials(by) {
      const [row] = await sql<(User & Omit<Credentials, "user">)[]>`
        select ${userColumns(sql)}, u.password_hash as "passwordHash", u.credentials_version as version
        from users u
        where ${"id" in by ? sql`u.id = ${by.id}` : sql`u.email = ${by.email}`} and u.erased_at is null`;
      if (!row) return null;
      const { passwordHash, version, ...user } = row;
      return { user, passwordHash, version };
    },

    async changeProfile(id, change) {
      const [row] = await sql<User[]>`
        update users u set ${changed(sql, change)}
        where u.id = ${id} and u.erased_at is null
        returning ${userColumns(sql)}`;
      return row ?? null;
    },

    async markEmailVerified(id, email) {
      const rows = await sql`
        update users set email_verified_at = statement_timestamp(), updated_at = statement_timestamp()
        where id = ${id} and email = ${email} and email_verified_at is null and erased_at is null
        returning id`;
      return rows.length > 0;
    },

    async setPendingEmail(id, email) {
      const [row] = await sql<User[]>`
        update users u set pending_email = ${email}, updated_at = statement_timestamp()
        where u.id = ${id} and u.erased_at is null
        returning ${userColumns(sql)}`;
      return row ?? null;
    },

    async confirmPendingEmail(id, email) {
      const [person] = await sql<{ formerEmail: string; isTaken: boolean }[]>`
        select u.email as "formerEmail", exists (select from users o where o.email = ${email}) as "isTaken"
        from users u where u.id = ${id} and u.pending_email = ${email} and u.erased_at is null for update`;
      if (!person) return "stale";
      if (person.isTaken) return "taken";
      await sql`
        update users set email = ${email}, pending_email = null, email_verified_at = statement_timestamp(), updated_at = statement_timestamp()
        where id = ${id}`;
      return { formerEmail: person.formerEmail };
    },

    async setPassword(id, { version, passwordHash }) {
      const rows = await sql`
        update users set password_hash = ${passwordHash}, credentials_version = credentials_version + 1,
          pending_email = null, updated_at = statement_timestamp()
        where id = ${id} and credentials_version = ${version} and erased_at is null
        returning id`;
      return rows.length > 0;
    },

    async rehash(id, from, to) {
      await sql`update users set password_hash = ${to} where id = ${id} and password_hash = ${from}`;
    },

    async upsertVerified(user) {
      const [row] = await sql<User[]>`
        with back as (
          update grants g set suspended_at = null
          from users u where u.email = ${user.email} and g.student_id = u.id and g.suspended_at is not null
        )
        insert into users as u (email, password_hash, first_name, last_name, role, email_verified_at)
        values (${user.email}, ${user.passwordHash}, ${user.firstName}, ${user.lastName}, ${user.role}, statement_timestamp())
        on conflict (email) do update set
          password_hash = excluded.password_hash,
          credentials_version = u.credentials_version + 1,
          role = excluded.role,
          email_verified_at = coalesce(u.email_verified_at, statement_timestamp()),
          deactivated_at = null,
          updated_at = statement_timestamp()
        returning ${userColumns(sql)}`;
      return row!;
    },
  };
}

/** Returns SQL for the columns of a `User`, from the table `u`. */
export function userColumns(sql: Queries) {
  return rowOf<User>(sql, "u", {
    id: true,
    email: true,
    pendingEmail: true,
    firstName: true,
    lastName: true,
    username: true,
    phone: true,
    language: true,
    avatarKey: true,
    role: true,
    emailVerifiedAt: true,
    deactivatedAt: true,
    createdAt: true,
    updatedAt: true,
  });
}
