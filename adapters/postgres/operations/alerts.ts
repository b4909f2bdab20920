import type { Alerts } from "../../../domain/operations/ports.ts";
import type { Queries } from "../queries.ts";

/** Returns alerts to the operator, in PostgreSQL. */
export function postgresAlerts(sql: Queries): Alerts {
  return {
    async raise({ key, subject, text }) {
      const rows = await sql`
        insert into operator_alerts (key, subject, text) values (${key}, ${subject}, ${text})
        on conflict (key) do nothing returning key`;
      return rows.length > 0;
    },
  };
}
