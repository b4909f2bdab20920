import type { SupportContacts } from "../../../domain/support/ports.ts";
import type { Queries } from "../queries.ts";

/** Returns the support tool's ids of contacts, in PostgreSQL. */
export function postgresSupportContacts(sql: Queries): SupportContacts {
  return {
    async note(userId, contactId) {
      await sql`
        insert into support_contacts (user_id, contact_id) values (${userId}, ${contactId})
        on conflict (user_id) do update set contact_id = excluded.contact_id
        where support_contacts.contact_id <> excluded.contact_id`;
    },

    async idOf(userId) {
      const [row] = await sql<{ contactId: string }[]>`
        select contact_id as "contactId" from support_contacts where user_id = ${userId}`;
      return row?.contactId ?? null;
    },

    async forget(userId) {
      await sql`delete from support_contacts where user_id = ${userId}`;
    },
  };
}
