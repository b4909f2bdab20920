import type { MailEventTokens } from "../../../domain/notifications/mails/ports.ts";
import type { Queries } from "../queries.ts";

/** Returns the used signatures of mail providers, in PostgreSQL. */
export function postgresMailEventTokens(sql: Queries): MailEventTokens {
  return {
    async see({ token, said }) {
      const added = await sql`
        insert into mail_event_tokens (token, said) values (${token}, ${said})
        on conflict (token) do nothing returning token`;
      if (added.length > 0) return "new";
      const [known] = await sql<
        { said: string }[]
      >`select said from mail_event_tokens where token = ${token}`;
      return known?.said === said ? "repeated" : "forged";
    },

    async purge(before) {
      await sql`delete from mail_event_tokens where seen_at < ${before}`;
    },
  };
}
