import { CsvError, parse } from "csv-parse/sync";
import { z } from "zod";
import { ROWS_AT_MOST } from "../domain/access/change_access.ts";
import type { AccessWish } from "../domain/access/plan_row.ts";
import { DomainError } from "../domain/errors.ts";
import { invalidInput } from "./http/field_messages.ts";

const moment = z.string().transform((text, context) => {
  if (text === "") return null;
  const isMoment = /^(?!0000)\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?Z)?$/.test(text);
  const date = new Date(text);
  if (isMoment && !Number.isNaN(date.getTime())) return date;
  context.addIssue("Write it as 2027-01-31 or 2027-01-31T18:00:00Z");
  return z.NEVER;
});
const row = z.strictObject({
  student: z.string().min(1).max(254),
  course: z.string().min(1).max(300),
  starts_at: moment.default(null),
  ends_at: moment.default(null),
});

/**
 * Reads a list of students and courses from CSV with a heading; spreadsheets' byte order mark and separators are
 * understood. Throws DomainError `invalid_input` that names what is wrong and where.
 */
export function readAccessCsv(csv: string): AccessWish[] {
  let records: unknown[];
  try {
    records = parse(csv, {
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
  const result = z.object({ rows: z.array(row) }).safeParse({ rows: records });
  if (!result.success) throw invalidInput(result.error, "csv");
  return result.data.rows.map(({ student, course, starts_at: startsAt, ends_at: endsAt }) => ({
    student,
    course,
    startsAt,
    endsAt,
  }));
}

function refusal(message: string): DomainError {
  return new DomainError("invalid_input", "The CSV cannot be read.", { fields: { csv: [message] } });
}
