import { CsvError, parse } from "csv-parse/sync";
import { ROWS_AT_MOST } from "../../domain/access/change_access.ts";
import { DomainError } from "../../domain/errors.ts";
import { operations } from "../../openapi/generated/server/access/operations.ts";
import type { AccessBatch } from "../../openapi/generated/server/types.gen.ts";
import { invalidInput } from "../http/field_messages.ts";

const COLUMNS = ["student", "course", "starts_at", "ends_at"];

/**
 * Reads a list of students and courses from CSV with a header. Byte order marks and separators of spreadsheets are
 * understood. Cells are validated by the same schema as JSON rows. Throws DomainError `invalid_input` that says what
 * is wrong and where.
 */
export function readAccessCsv(csv: string): NonNullable<AccessBatch["rows"]> {
  let records: Record<string, string>[];
  try {
    records = parse<Record<string, string>>(csv, {
      bom: true,
      columns: (heading: string[]) => heading.map((name) => name.trim().toLowerCase()),
      delimiter: [",", ";", "\t"],
      skip_empty_lines: true,
      trim: true,
      to: ROWS_AT_MOST + 1,
    });
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    throw refusal(`${error.message}.`);
  }
  if (records.length === 0) throw refusal("There is no row below the heading.");
  if (records.length > ROWS_AT_MOST) throw refusal(`There are more than ${ROWS_AT_MOST} rows.`);
  const rows = records.map((record) =>
    Object.fromEntries(Object.entries(record).filter(([name, cell]) => !name.endsWith("_at") || cell !== ""))
  );
  const result = operations.changeAccess.form.body.safeParse({ action: "grant", reason: "CSV", rows });
  if (!result.success) throw invalidInput(result.error, "csv");
  const unknown = Object.keys(records[0]!).filter((name) => !COLUMNS.includes(name));
  if (unknown.length > 0) {
    throw refusal(`There is a column ${unknown.join(", ")}: use ${COLUMNS.join(", ")}.`);
  }
  return result.data.rows!;
}

function refusal(message: string): DomainError {
  return new DomainError("invalid_input", "The CSV cannot be read.", { fields: { csv: [message] } });
}
