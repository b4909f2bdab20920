import type { PasswordInvitation, PasswordInvitations } from "../../../domain/legacy/ports.ts";
import type { Queries } from "../queries.ts";

/** Returns invitations to choose a password, in PostgreSQL. */
export function postgresPasswordInvitations(sql: Queries): PasswordInvitations {
  const waiting = () =>
    sql`
    from password_invitations i join users u on u.id = i.user_id
    where i.invited_at is null and u.credentials_version = 1 and u.deactivated_at is null and u.erased_at is null`;

  return {
    async waiting() {
      const [row] = await sql<{ count: number; merged: number }[]>`
        select count(*)::int as count, (count(*) filter (where i.reason = 'merged'))::int as merged ${waiting()}`;
      return { ...row! };
    },

    async take(limit) {
      return await sql<PasswordInvitation[]>`
        update password_invitations p set invited_at = statement_timestamp()
        where user_id in (select i.user_id ${waiting()} order by i.user_id limit ${limit} for update of i skip locked)
        returning user_id as "userId", reason = 'merged' as "isMerged"`;
    },
  };
}
