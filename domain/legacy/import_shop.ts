import type { Transliterate } from "../authoring/ports.ts";
import {
  FORMER_TABLES,
  type FormerRow,
  type FormerRows,
  type FormerShop,
  ImportRefusal,
  type ImportReport,
  type ImportTarget,
  type Intake,
  type ReportKind,
  type ReportLine,
} from "./ports.ts";
import { tidyRow } from "./tidy_row.ts";

/** How far an import is. `share`: of the whole, from 0 to 1. */
export type Progress = { text: string; share: number };

/** The part of the time that reading takes; measured. */
const READING = 0.6;

/** A digest of texts in their order, as it is then known. */
export interface Digest {
  add(text: string): void;
  result(): string;
}

type Deps = {
  formerShop: FormerShop;
  importTarget: ImportTarget;
  transliterate: Transliterate;
  newDigest: () => Digest;
};

/**
 * Moves the former shop into this one, in one transaction: all of it or nothing. If it has been moved before, changes
 * nothing. `showReport` gets the report, that of the former import in the second case; `isNew` says which it is. A dry
 * run changes nothing. Throws ImportRefusal if the shop cannot take an import, or has taken a different one.
 */
export async function importShop(
  deps: Deps,
  { dryRun, progress, showReport }: {
    dryRun: boolean;
    progress: (progress: Progress) => void;
    showReport: (report: ImportReport, isNew: boolean) => Promise<void>;
  },
): Promise<void> {
  const { formerShop, importTarget } = deps;
  // A wrong database is refused before anything is noted in this one.
  await formerShop.snapshot(async () => {});
  const made = await importTarget.made();
  if (made !== null) {
    const digest = await readAll(deps, null, progress);
    if (digest !== made.digest) {
      throw new ImportRefusal(
        `The former shop's database has changed since it was imported on ${made.importedAt.toISOString()}. ` +
          "Nothing was changed. To import it as it is now, create a new database, run `deno task migrate` on it, and import into that.",
      );
    }
    return await showReport(importTarget.report, false);
  }
  await importTarget.write(
    { dryRun },
    async (intake) => {
      const digest = await readAll(deps, intake, progress);
      await intake.settle((step, number, of) =>
        progress({
          text: `${step} (step ${number} of ${of})`,
          share: READING + (1 - READING) * (number - 1) / of,
        })
      );
      return { digest };
    },
    (report) => showReport(report, true),
  );
}

/** Reads all tables, into the intake if there is one. Returns the digest of what was read. */
function readAll(
  { formerShop, ...deps }: Deps,
  intake: Intake | null,
  progress: (progress: Progress) => void,
): Promise<string> {
  return formerShop.snapshot((rows) => readRows(rows, deps, intake, progress));
}

async function readRows(
  former: FormerRows,
  { transliterate, newDigest }: Pick<Deps, "transliterate" | "newDigest">,
  intake: Intake | null,
  progress: (progress: Progress) => void,
): Promise<string> {
  const digest = newDigest();
  const counts = await former.counts();
  const total = Object.values(counts).reduce((sum, count) => sum + count, 0);
  let done = 0;
  for (const table of FORMER_TABLES) {
    let read = 0;
    for await (const rows of former.read(table)) {
      digest.add(JSON.stringify([table, rows]));
      if (intake) {
        const report: ReportLine[] = [];
        const tidied: FormerRow[] = [];
        for (const row of rows) {
          const note = (what: ReportKind, why: string) =>
            report.push({ table, id: String(row.id), what, why, otherId: null });
          tidied.push(await tidyRow(table, row, note, transliterate));
        }
        await intake.add(table, tidied, report);
      }
      read += rows.length;
      done += rows.length;
      progress({
        text: `reading ${table}: ${read} of ${counts[table]}`,
        share: READING * done / Math.max(total, 1),
      });
    }
  }
  return digest.result();
}
