import { createHash } from "node:crypto";
import { parseArgs } from "node:util";
import { movePictures } from "../../domain/legacy/move_pictures.ts";
import { invitePeople } from "../../domain/legacy/invite_people.ts";
import { type Digest, importShop } from "../../domain/legacy/import_shop.ts";
import { verifyImport } from "../../domain/legacy/verify_import.ts";
import { readImportOptions, readPictureOptions, readVerifyOptions } from "../command_line/import_options.ts";
import { printChecks, printReport, progressPrinter } from "../command_line/import_printing.ts";
import { databaseUrl } from "../config/database_url.ts";
import { readConfig } from "../config/read_config.ts";
import { jsquashPictures } from "../jsquash/pictures.ts";
import { postgresFormerPictures } from "../postgres/legacy/former_pictures.ts";
import { r2Files } from "../r2/files.ts";
import { factsHere, formerFacts } from "../legacy/facts.ts";
import { djangoShop, readSnapshot } from "../legacy/former_shop.ts";
import { postgresImportReport } from "../legacy/report.ts";
import { postgresImportTarget } from "../legacy/shop_import.ts";
import type { Log } from "../log.ts";
import { connect, isConnectionFailure } from "../postgres/connection.ts";
import { postgresPasswordInvitations } from "../postgres/legacy/password_invitations.ts";
import { requireMigrated } from "../postgres/migrate.ts";
import type { Database } from "../postgres/queries.ts";
import { postgresViolations } from "../postgres/operations/violations.ts";
import { postgresStatistics } from "../postgres/statistics/statistics.ts";
import { postgresTransaction } from "../postgres/transaction.ts";
import { transliterate } from "../transliteration/transliterate.ts";
import { enqueueIn } from "./enqueue.ts";

/** `deno task import`: moves the former shop into this one. */
export async function runImport(args: string[], log: Log): Promise<void> {
  const { from, dryRun, report } = readImportOptions(args);
  await withBoth(from, log, async (former, sql) => {
    // The file is created before anything is written, so that no import ends without its report. That of an earlier run
    // stays until there is another.
    const file = report === null ? null : await Deno.open(report, { write: true, create: true });
    try {
      await importShop(
        {
          formerShop: djangoShop(former),
          importTarget: postgresImportTarget(sql),
          transliterate,
          newDigest: sha256,
        },
        {
          dryRun,
          progress: progressPrinter((line) => console.error(line)),
          showReport: async (lines, isNew) => {
            const write = async (text: string) => {
              try {
                await writeAll(file!, text);
              } catch (cause) {
                throw new Error(
                  `The report could not be written to ${report} (${(cause as Error).message}). ` +
                    (dryRun
                      ? "Nothing was imported."
                      : "The import is done; run the command again for its report."),
                  { cause },
                );
              }
            };
            await file?.truncate();
            await printReport(lines, (line) => console.log(line), file ? write : null);
            console.log(`\n${outcome(dryRun, isNew)}`);
          },
        },
      );
    } catch (error) {
      if (!isConnectionFailure(error)) throw error;
      throw new Error(
        `The connection to this shop's database broke (${
          (error as Error).message
        }). Run the command again: nothing is left half done.`,
        { cause: error },
      );
    } finally {
      file?.close();
    }
  });
}

async function writeAll(file: Deno.FsFile, text: string): Promise<void> {
  let rest = new TextEncoder().encode(text);
  while (rest.length > 0) rest = rest.subarray(await file.write(rest));
}

/** `deno task import:verify`: compares both shops. Exit code 1 if they differ in what the report does not explain. */
export async function runVerify(args: string[], log: Log): Promise<void> {
  const { from } = readVerifyOptions(args);
  await withBoth(from, log, async (former, sql) => {
    await requireImport(sql);
    // Refuses what is not the former shop's database.
    await djangoShop(former).snapshot(async () => {});
    const checks = await readSnapshot(former, (there) =>
      readSnapshot(sql, (here) =>
        verifyImport({
          former: formerFacts(there),
          here: factsHere(here),
          importReport: postgresImportReport(sql),
          statistics: postgresStatistics(sql),
          violations: postgresViolations(sql),
        })));
    if (!printChecks(checks, (line) => console.log(line))) Deno.exitCode = 1;
  });
}

/** `deno task import:invite`: has people whose account was imported without a password choose one. */
export async function runInvite(sql: Database, args: string[]): Promise<void> {
  const { values: { "dry-run": dryRun } } = parseArgs({
    args,
    options: { "dry-run": { type: "boolean", default: false } },
  });
  await requireImport(sql);
  const { count, merged } = await invitePeople(inviting(sql), { dryRun });
  console.log(
    `Invitations by mail to choose a password${dryRun ? ", which would be sent" : ""}: ${count}, ` +
      `of which to people who had several accounts: ${merged}.`,
  );
}

/** Creates what `invitePeople` needs, without a queue: invitations go into the outbox. */
export const inviting = (sql: Database) => ({
  transaction: postgresTransaction(sql, enqueueIn({ enqueue: () => Promise.resolve() })),
  passwordInvitations: postgresPasswordInvitations(sql),
});

/** `deno task import:pictures`: moves the former shop's pictures into this shop's bucket. */
export async function runPictures(sql: Database, args: string[]): Promise<void> {
  const { dryRun, bucket, endpointUrl } = readPictureOptions(args);
  const { r2, formerR2 } = readConfig(Deno.env.toObject());
  await requireImport(sql);
  const formerPictures = postgresFormerPictures(sql);
  const pictures = jsquashPictures();
  try {
    const moved = await movePictures(
      {
        formerPictures,
        formerFiles: r2Files({
          bucket: bucket ?? r2.bucket,
          endpointUrl: endpointUrl ?? r2.endpointUrl,
          accessKeyId: formerR2.accessKeyId ?? r2.accessKeyId,
          secretAccessKey: formerR2.secretAccessKey ?? r2.secretAccessKey,
        }),
        files: r2Files(r2),
        pictures,
        randomName: () => crypto.randomUUID(),
      },
      { dryRun, progress: progressPrinter((line) => console.error(line)) },
    );
    const problems = await formerPictures.problems();
    for (const { subject, id, key, problem } of problems) console.log(`${subject} ${id}: ${key}: ${problem}`);
    console.log(
      `${moved.moved} pictures ${
        dryRun ? "can be" : "were"
      } moved, ${moved.missing} are missing, ${moved.failed} failed.`,
    );
  } finally {
    pictures.close();
  }
}

/** `deno task import:complete`: says that the former shop's files are no longer needed. */
export async function runComplete(sql: Database, args: string[]): Promise<void> {
  parseArgs({ args, options: {} });
  await requireImport(sql);
  if (!(await postgresFormerPictures(sql).complete())) {
    throw new Error(
      "The import is not complete: run `deno task import:pictures` to its end first.",
    );
  }
  console.log(
    "The import is complete. The daily sweep now removes files of the former shop that nothing needs.",
  );
}

function outcome(dryRun: boolean, isNew: boolean): string {
  if (!isNew) return "The former shop had been imported before; nothing was changed.";
  return dryRun
    ? "A dry run: nothing was written."
    : "The former shop is imported. Check it with `deno task import:verify`.";
}

/** Performs work with the former shop's database and the shop's own, which must be migrated. */
export async function withBoth(
  from: string,
  log: Log,
  work: (former: Database, sql: Database) => Promise<void>,
): Promise<void> {
  const options = { deadlines: { answer: Infinity }, log: (line: string) => log.warn(line) };
  await using parts = new AsyncDisposableStack();
  const open = async (url: string, variable: string) => {
    const sql = await connect(url, { ...options, max: 2, variable });
    parts.defer(() => sql.end({ timeout: 1 }));
    return sql;
  };
  const sql = await open(await databaseUrl(), "DATABASE_URL");
  await requireMigrated(sql);
  await work(await open(from, "--from"), sql);
}

async function requireImport(sql: Database): Promise<void> {
  await requireMigrated(sql);
  if (await postgresImportTarget(sql).made() === null) {
    throw new Error("Nothing has been imported into this database. Run `deno task import` first.");
  }
}

/** Returns an empty SHA-256 digest. */
export function sha256(): Digest {
  const hash = createHash("sha256");
  return { add: (text) => void hash.update(text), result: () => hash.digest("hex") };
}
