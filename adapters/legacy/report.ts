import type { ImportReport, ReportLine, TableCount } from "../../domain/legacy/ports.ts";
import type { Queries } from "../postgres/queries.ts";

const LINES_AT_ONCE = 2000;

/** Returns the report that an import left in the database. */
export function postgresImportReport(sql: Queries): ImportReport {
  return {
    async counts() {
      const of = (what: string) => sql`(count(distinct r.row_id) filter (where r.what = ${what}))::integer`;
      return await sql<TableCount[]>`
        select c.table_name as "table", c.rows_read::integer as read, c.rows_written::integer as written,
          ${of("merged")} as merged, ${of("skipped")} as skipped, ${of("changed")} as changed, ${
        of("person")
      } as person
        from legacy_counts c left join legacy_report r on r.table_name = c.table_name
        group by c.table_name order by c.position`;
    },

    async reasons() {
      return await sql`
        select table_name as "table", what, why, count(*)::integer as count from legacy_report
        group by 1, 2, 3 order by count desc, 1, 2, 3`;
    },

    async *lines() {
      for (let after = 0n;;) {
        const rows = await sql<(ReportLine & { number: bigint })[]>`
          select r.id as number, r.table_name as "table", r.row_id as id, r.what, r.why, r.other_id as "otherId"
          from legacy_report r
          where r.id > ${after} order by r.id limit ${LINES_AT_ONCE}`;
        if (rows.length === 0) return;
        after = rows.at(-1)!.number;
        yield rows.map(({ number: _, ...line }) => line);
      }
    },
  };
}
