import type { FormerPicture, FormerPictures } from "../../../domain/legacy/ports.ts";
import type { Database } from "../queries.ts";

/** The column that has the key of a picture, by what it belongs to. */
const HOLDERS = {
  course: { table: "courses", column: "thumbnail_key" },
  university: { table: "universities", column: "logo_key" },
} as const;

/** Returns the former shop's pictures, in PostgreSQL. */
export function postgresFormerPictures(sql: Database): FormerPictures {
  return {
    async waiting() {
      const [row] = await sql<{ count: number }[]>`
        select count(distinct (subject, key))::int as count from legacy_pictures where moved_at is null`;
      return row!.count;
    },

    async next(after) {
      const [row] = await sql<FormerPicture[]>`
        select subject, key from legacy_pictures
        where moved_at is null and (subject, key) > (${after?.subject ?? ""}, ${after?.key ?? ""})
        order by subject, key limit 1`;
      return row ?? null;
    },

    async settle({ subject, key }, as) {
      const { table, column } = HOLDERS[subject];
      const isMoved = "key" in as;
      await sql.begin(async (tx) => {
        if (isMoved || as.isLost) {
          await tx`
            update ${tx(table)} set ${tx(column)} = ${isMoved ? as.key : null}
            where id::text in (select subject_id from legacy_pictures p where p.subject = ${subject} and p.key = ${key})
              and (${tx(column)} is null or ${tx(column)} = ${key})`;
        }
        await tx`
          update legacy_pictures set moved_at = case when ${isMoved} then statement_timestamp() end,
            problem = ${isMoved ? null : as.problem}
          where subject = ${subject} and key = ${key}`;
      });
    },

    async problems() {
      return await sql<{ subject: string; id: string; key: string; problem: string }[]>`
        select subject, subject_id as id, key, problem from legacy_pictures where problem is not null
        order by subject, subject_id`;
    },

    async complete() {
      const rows = await sql`
        update legacy_import set completed_at = coalesce(completed_at, statement_timestamp())
        where imported_at is not null
          and not exists (select from legacy_pictures where moved_at is null and problem is null)
        returning only_row`;
      return rows.length > 0;
    },
  };
}
