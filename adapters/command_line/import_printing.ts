import type { Progress } from "../../domain/legacy/import_shop.ts";
import type { Check } from "../../domain/legacy/verify_import.ts";
import type { ImportReport, ReportKind, ReportLine } from "../../domain/legacy/ports.ts";

const PROGRESS_MS = 1000;
/** How many differences of a comparison are printed. */
const EXAMPLES = 20;

const KINDS: Record<ReportKind, string> = {
  merged: "merged",
  skipped: "skipped",
  changed: "changed",
  person: "needs a person",
};

/** Returns a function that prints how far an import is, at most once a second, with the time left. */
export function progressPrinter(
  print: (line: string) => void,
  now: () => number = () => performance.now(),
): (progress: Progress) => void {
  const began = now();
  let last = -Infinity;
  return ({ text, share }) => {
    if (now() - last < PROGRESS_MS) return;
    last = now();
    const seconds = (last - began) / 1000;
    const left = share > 0.02 ? `, about ${Math.ceil(seconds / share - seconds)} s left` : "";
    print(`${String(Math.floor(100 * share)).padStart(3)} %  ${text}${left}`);
  };
}

/** Prints the report's counts and reasons, and writes all of its lines as CSV through `write`, if given. */
export async function printReport(
  report: ImportReport,
  print: (line: string) => void,
  write: ((text: string) => Promise<void>) | null,
): Promise<void> {
  const counts = await report.counts();
  const header = ["table", "read", "written", "merged", "skipped", "changed", "needs a person"];
  printTable(
    [
      header,
      ...counts.map((
        { table, ...of },
      ) => [table, of.read, of.written, of.merged, of.skipped, of.changed, of.person]),
    ],
    print,
  );
  print("");
  const reasons = await report.reasons();
  printTable(
    [
      ["rows", "table", "what", "why"],
      ...reasons.map(({ count, table, what, why }) => [count, table, KINDS[what], why]),
    ],
    print,
  );
  if (write === null) return;
  await write(csvOf(["table", "id", "what", "why"]));
  for await (const lines of report.lines()) {
    await write(
      lines.map(csvLine).join(""),
    );
  }
}

const csvLine = ({ table, id, what, why, otherId }: ReportLine) =>
  csvOf([table, id, KINDS[what], otherId === null ? why : `${why}: ${otherId}`]);

/** Prints comparisons as a table, then the differences that nothing explains. Returns whether there are none. */
export function printChecks(checks: Check[], print: (line: string) => void): boolean {
  printTable(
    [
      ["comparison", "former shop", "here", "explained", "unexplained"],
      ...checks.map((
        { name, former, here, explained, unexplained },
      ) => [name, former, here, explained, unexplained.length]),
    ],
    print,
  );
  const failed = checks.filter(({ unexplained }) => unexplained.length > 0);
  for (const { name, unexplained } of failed) {
    print(`\n${name}: differences that the report does not explain (${unexplained.length})`);
    for (const difference of unexplained.slice(0, EXAMPLES)) print(`  ${difference}`);
    if (unexplained.length > EXAMPLES) print(`  and ${unexplained.length - EXAMPLES} more`);
  }
  print(
    failed.length === 0
      ? "\nThe import agrees with the former shop."
      : "\nThe import does not agree with the former shop.",
  );
  return failed.length === 0;
}

/** Prints rows in columns; columns of numbers are flush right. */
export function printTable(rows: (string | number)[][], print: (line: string) => void): void {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => String(row[column]).length)));
  for (const row of rows) {
    const cells = row.map((cell, column) => {
      const isNumeric = rows.every((other, index) => index === 0 || typeof other[column] === "number");
      return isNumeric ? String(cell).padStart(widths[column]!) : String(cell).padEnd(widths[column]!);
    });
    print(cells.join("  ").trimEnd());
  }
}

function csvOf(fields: string[]): string {
  return fields.map((field) => /[",\r\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field).join(
    ",",
  ) + "\r\n";
}
