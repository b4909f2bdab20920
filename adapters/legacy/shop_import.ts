import {
  FORMER_TABLES,
  type FormerTable,
  ImportRefusal,
  type ImportTarget,
  type Intake,
} from "../../domain/legacy/ports.ts";
import type { Database, Queries } from "../postgres/queries.ts";
import { writeAccess } from "./access.ts";
import { writeCategories, writeComments, writeCourses, writeOutlines, writeUniversities } from "./catalog.ts";
import { mergeAccounts, writeAccounts, writeAnswers } from "./people.ts";
import { itemize, judgePayments, matchPayments, reportPurchases, writePurchases } from "./purchases.ts";
import { postgresImportReport } from "./report.ts";
import { addLines, addRows, createStaging, finishStaging, former, namedUuid } from "./staging.ts";
import { continueNumbers, disableTriggers, enableTriggers, makeUp } from "./upkeep.ts";

/** In this order, because later ones refer to what earlier ones wrote. */
const STEPS: [name: string, perform: (sql: Queries) => Promise<void>][] = [
  ["preparing", finishStaging],
  ["refusing conflicts", refuseClashes],
  ["merging accounts", mergeAccounts],
  ["writing universities", writeUniversities],
  ["writing accounts", writeAccounts],
  ["writing answers", writeAnswers],
  ["writing categories", writeCategories],
  ["writing courses", writeCourses],
  ["writing lessons", writeOutlines],
  ["writing comments", writeComments],
  ["finding the orders of payments", matchPayments],
  ["judging payments", judgePayments],
  ["splitting orders", itemize],
  ["writing purchases", writePurchases],
  ["writing access", writeAccess],
  ["reporting on purchases", reportPurchases],
  ["counting rows", countRows],
  ["checking constraints", enableTriggers],
  ["numbering", continueNumbers],
  ["building the search", makeUp],
];

/** Raised to roll a dry run back. */
class DryRunEnd extends Error {}

/** The tables of the shop, into which the former shop moves. */
export function postgresImportTarget(sql: Database): ImportTarget {
  return {
    report: postgresImportReport(sql),

    async made() {
      const [row] = await sql<{ importedAt: Date | null; digest: string | null }[]>`
        select imported_at as "importedAt", rows_digest as digest from legacy_import`;
      return row?.importedAt ? { importedAt: row.importedAt, digest: row.digest! } : null;
    },

    async write({ dryRun }, work, showReport) {
      if (!dryRun) {
        await refuseOwnRows(sql);
        await sql`insert into legacy_import default values on conflict do nothing`;
      }
      try {
        await sql.begin(async (tx) => {
          await tx`set local statement_timeout = 0`;
          await tx`set local idle_in_transaction_session_timeout = 0`;
          await tx`set local work_mem = '64MB'`;
          const [lock] = await tx<{ isFree: boolean }[]>`
            select pg_try_advisory_xact_lock(hashtextextended('legacy_import', 0)) as "isFree"`;
          if (!lock!.isFree) {
            throw new ImportRefusal("Another import into this database is running. Wait until it has ended.");
          }
          await refuseOwnRows(tx);
          await disableTriggers(tx);
          await createStaging(tx);
          const { digest } = await work(intake(tx));
          if (dryRun) {
            await showReport(postgresImportReport(tx));
            throw new DryRunEnd();
          }
          await tx`
            update legacy_import set imported_at = clock_timestamp(), rows_digest = ${digest}`;
        });
      } catch (error) {
        if (error instanceof DryRunEnd) return;
        throw error;
      }
      await sql`analyze`;
      await showReport(postgresImportReport(sql));
    },
  };
}

function intake(sql: Queries): Intake {
  return {
    async add(table, rows, report) {
      await refusing(`A row of ${table} cannot be imported`, addRows(sql, table, rows));
      await addLines(sql, report);
    },

    async settle(progress) {
      for (const [index, [name, perform]] of STEPS.entries()) {
        progress(name, index + 1, STEPS.length);
        await refusing(`The import failed while ${name}`, perform(sql));
      }
    },
  };
}

/** Throws ImportRefusal, beginning with the given words, if a statement fails because of the data in it. */
async function refusing(beginning: string, statement: Promise<void>): Promise<void> {
  try {
    await statement;
  } catch (error) {
    const { code, constraint_name, table_name, message } = error as Record<string, string | undefined>;
    // Classes 22 (data) and 23 (constraints) of PostgreSQL's appendix A. Details would show the row.
    if (!/^2[23]/.test(code ?? "")) throw error;
    const reason = constraint_name ? `it violates ${constraint_name} of ${table_name}` : message;
    throw new ImportRefusal(`${beginning}: ${reason}. Nothing was imported.`, { cause: error });
  }
}

/** Throws ImportRefusal if the shop has been used, or filled by another command. Accounts alone do no harm. */
async function refuseOwnRows(sql: Queries): Promise<void> {
  const [own] = await sql<{ sales: number; imported: boolean; filled: string[] }[]>`
    select (select count(*)::integer from orders where receipt_number is not null) as sales,
      exists (select from legacy_import where imported_at is not null) as imported,
      array_remove(array[
        case when exists (select from orders) then 'orders' end,
        case when exists (select from grants) then 'access' end,
        case when exists (select from courses) then 'courses' end,
        case when exists (select from categories) then 'categories' end,
        case when exists (select from universities) then 'universities' end,
        case when exists (select from videos) then 'videos' end
      ], null) as filled`;
  const advice = "Create a new database, run `deno task migrate` on it, and import into that.";
  if (own!.imported) throw new ImportRefusal(`Another import has just ended. ${advice}`);
  if (own!.sales > 0) {
    throw new ImportRefusal(
      `This shop has sales of its own (${own!.sales}), and receipts are numbered in the order of payment. ` +
        `So the former shop's sales cannot be added to it. ${advice}`,
    );
  }
  if (own!.filled.length > 0) {
    throw new ImportRefusal(
      `This shop has ${
        own!.filled.join(", ")
      } of its own, whose ids or names may be the former shop's. ${advice}`,
    );
  }
}

/** Throws ImportRefusal if an account of the shop has the id or the address of one that moves in. */
async function refuseClashes(sql: Queries): Promise<void> {
  // In the locale of the database, as the constraint of the table has it.
  await sql`update former_users_user set email = lower(email) where email <> lower(email)`;
  const [clash] = await sql<{ count: number }[]>`
    select count(*)::integer as count from users u
    where exists (select from former_users_user f where f.email = u.email or f.id = u.id)`;
  if (clash!.count > 0) {
    throw new ImportRefusal(
      `The former shop has accounts with an address or id of accounts of this shop (${clash!.count}). ` +
        "Erase them, or import into a new database.",
    );
  }
}

/** Where the rows of a table are now: SQL that is true for a row `f` that exists in the shop. */
const IS_HERE: Record<FormerTable, string> = {
  core_university: "exists (select from universities u where u.id = f.id)",
  users_user: "exists (select from users u where u.id = f.id)",
  users_onboardinganswer: `exists (select from onboarding_answers a where a.id = ${
    namedUuid("'answer:' || f.id")
  })`,
  courses_category: "exists (select from categories c where c.id = f.id)",
  courses_course: "exists (select from courses c where c.id = f.id)",
  courses_course_tutors: "exists (select from tutors_here t where t.id = f.id)",
  courses_coursepart: "exists (select from course_parts p where p.id = f.id)",
  courses_lesson: "exists (select from lessons l where l.id = f.id)",
  courses_comment: "exists (select from comments c where c.id = f.id)",
  courses_enrollment: "exists (select from enrollments e where e.id = f.id)",
  payments_order: "exists (select from orders o where o.id = f.id)",
  payments_order_courses:
    "exists (select from order_lines l where l.order_id = f.order_id and l.course_id = f.course_id)",
  payments_payment: "exists (select from payments p where p.id = f.id)",
};

/** Notes how many rows of each table were read, and how many of them are in the shop now. */
async function countRows(sql: Queries): Promise<void> {
  for (const [position, table] of FORMER_TABLES.entries()) {
    await sql`
      insert into legacy_counts (table_name, position, rows_read, rows_written)
      select ${table}, ${position}, count(*), count(*) filter (where ${sql.unsafe(IS_HERE[table])})
      from ${sql(former(table))} f`;
  }
}
