import { sha256 } from "../../adapters/composition/import_commands.ts";
import { factsHere, formerFacts } from "../../adapters/legacy/facts.ts";
import { djangoShop, readSnapshot } from "../../adapters/legacy/former_shop.ts";
import { postgresImportReport } from "../../adapters/legacy/report.ts";
import { postgresImportTarget } from "../../adapters/legacy/shop_import.ts";
import { postgresViolations } from "../../adapters/postgres/operations/violations.ts";
import type { Database, DatabaseTransaction, Queries } from "../../adapters/postgres/queries.ts";
import { postgresStatistics } from "../../adapters/postgres/statistics/statistics.ts";
import { transliterate } from "../../adapters/transliteration/transliterate.ts";
import { importShop } from "../../domain/legacy/import_shop.ts";
import type { ReportLine, TableCount } from "../../domain/legacy/ports.ts";
import { type Check, verifyImport } from "../../domain/legacy/verify_import.ts";

export type Report = { isNew: boolean; counts: TableCount[]; lines: ReportLine[] };

/** Imports a former shop, as the command does. Calls `onProgress` with what is under way. */
export async function importFrom(
  former: Database,
  into: Database,
  { dryRun = false, onProgress = (_: string) => {} } = {},
): Promise<Report> {
  let shown: Report | undefined;
  await importShop(
    {
      formerShop: djangoShop(former),
      importTarget: postgresImportTarget(into),
      transliterate,
      newDigest: sha256,
    },
    {
      dryRun,
      progress: (progress) => onProgress(progress.text),
      async showReport(report, isNew) {
        const lines = await Array.fromAsync(report.lines());
        shown = { isNew, counts: await report.counts(), lines: lines.flat() };
      },
    },
  );
  return shown!;
}

/** Compares both shops, as the command does. `here`: the shop, or an open transaction on it. */
export async function verify(former: Database, here: Database | DatabaseTransaction): Promise<Check[]> {
  const compare = (now: Queries) =>
    readSnapshot(former, (there) =>
      verifyImport({
        former: formerFacts(there),
        here: factsHere(now),
        importReport: postgresImportReport(now),
        statistics: postgresStatistics(now),
        violations: postgresViolations(now),
      }));
  return "begin" in here ? await readSnapshot(here, compare) : await compare(here);
}

/** The names of the comparisons that found differences that nothing explains. */
export const failed = (checks: Check[]): string[] =>
  checks.filter(({ unexplained }) => unexplained.length > 0).map(({ name }) => name);

/**
 * Everything in the database's tables as text. Without random hashes and the moments of the import itself, so that two
 * imports of one former shop give the same.
 */
export async function contentsOf(sql: Database): Promise<Record<string, string>> {
  const tables = await sql<{ name: string }[]>`
    select table_name as name from information_schema.tables
    where table_schema = 'public' and table_type = 'BASE TABLE' and table_name not in ('legacy_import', 'rate_limits')
    order by 1`;
  const contents: Record<string, string> = {};
  for (const { name } of tables) {
    const row = name === "users"
      ? "(to_jsonb(t) || case when t.password_hash like '$argon2id%' then '{\"password_hash\": null}' else '{}'::jsonb end)::text"
      : name === "legacy_report"
      ? "(to_jsonb(t) - 'id')::text"
      : "to_jsonb(t)::text";
    const [all] = await sql.unsafe<{ text: string | null }[]>(
      `select string_agg(${row}, E'\\n' order by ${row}) as text from ${name} t`,
    );
    contents[name] = all!.text ?? "";
  }
  return contents;
}
