import type { Alerts, AlertSubject } from "../../../domain/operations/ports.ts";
import type { Queries } from "../queries.ts";

/** Returns alerts to the operator, in PostgreSQL. */
export function postgresAlerts(sql: Queries): Alerts {
  return {
    async raise({ key, subject, text }) {
      const [row] = await sql<{ times: number }[]>`
        insert into operator_alerts (key, subject, text) values (${key}, ${subject}, ${text})
        on conflict (key) do update set subject = excluded.subject, text = excluded.text, times = operator_alerts.times + 1,
          raised_at = statement_timestamp(), resolved_at = null
          where operator_alerts.resolved_at is not null
        returning times`;
      return row ?? null;
    },

    async resolve(cause) {
      const [latest] = await sql<{ key: string; subject: AlertSubject; times: number }[]>`
        with over as (
          update operator_alerts set resolved_at = statement_timestamp()
          where resolved_at is null and (key = ${cause} or starts_with(key, ${cause + ":"}))
          returning key, subject, times, raised_at
        )
        select key, subject, times from over order by raised_at desc, key limit 1`;
      return latest ?? null;
    },
  };
}
