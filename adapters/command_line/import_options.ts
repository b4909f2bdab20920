import { parseArgs } from "node:util";

const IMPORT_USAGE =
  "Usage: deno task import --from postgres://<the former shop's database> [--dry-run] [--report <file.csv>]";
const VERIFY_USAGE = "Usage: deno task import:verify --from postgres://<the former shop's database>";
const PICTURES_USAGE =
  "Usage: deno task import:pictures [--from-bucket <name>] [--from-endpoint https://…] [--dry-run]";

export type ImportOptions = { from: string; dryRun: boolean; report: string | null };

/** Reads the options of `deno task import`. Throws an error with its usage if an option is missing or unknown. */
export function readImportOptions(args: string[]): ImportOptions {
  const values = parsed(args, IMPORT_USAGE, {
    from: { type: "string" },
    "dry-run": { type: "boolean" },
    report: { type: "string" },
  });
  return {
    from: databaseOf(values.from, IMPORT_USAGE),
    dryRun: values["dry-run"] === true,
    report: typeof values.report === "string" ? values.report : null,
  };
}

/** Reads the options of `deno task import:verify`. Throws an error with its usage if an option is missing or unknown. */
export function readVerifyOptions(args: string[]): { from: string } {
  return { from: databaseOf(parsed(args, VERIFY_USAGE, { from: { type: "string" } }).from, VERIFY_USAGE) };
}

/**
 * Reads the options of `deno task import:pictures`. Null: this shop's own bucket. Throws an error with its usage if an
 * option is unknown.
 */
export function readPictureOptions(
  args: string[],
): { dryRun: boolean; bucket: string | null; endpointUrl: string | null } {
  const values = parsed(args, PICTURES_USAGE, {
    "from-bucket": { type: "string" },
    "from-endpoint": { type: "string" },
    "dry-run": { type: "boolean" },
  });
  const { "from-bucket": bucket, "from-endpoint": endpoint } = values;
  if (typeof endpoint === "string" && !URL.canParse(endpoint)) throw new Error(PICTURES_USAGE);
  return {
    dryRun: values["dry-run"] === true,
    bucket: typeof bucket === "string" ? bucket : null,
    endpointUrl: typeof endpoint === "string" ? endpoint : null,
  };
}

function parsed(
  args: string[],
  usage: string,
  options: Record<string, { type: "string" | "boolean" }>,
): Record<string, unknown> {
  try {
    return parseArgs({ args, options }).values;
  } catch {
    throw new Error(usage);
  }
}

function databaseOf(from: unknown, usage: string): string {
  const isDatabase = typeof from === "string" && URL.canParse(from) &&
    ["postgres:", "postgresql:"].includes(new URL(from).protocol);
  if (!isDatabase) throw new Error(usage);
  return from;
}
