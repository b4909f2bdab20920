import postgres from "postgres";
import type { Database } from "./queries.ts";

type Options = {
  /** How many connections at the most. */
  max?: number;
  /** How long to go on trying to reach the server, in milliseconds. */
  patienceMs?: number;
  /** Told of each failed try. */
  log?: (line: string) => void;
  /** Whether statements are prepared, once for each connection; not behind a transaction pooler. */
  prepares?: boolean;
  /** Told of each statement that is sent, but for what the driver itself asks on a new connection. */
  onStatement?: (text: string) => void;
};

/**
 * A small pool on the database, proven to answer. Works behind a transaction pooler unless told to prepare statements: no
 * session settings (the statement time-out is the role's own, set by `migrate`). Tries for 15 seconds, then throws an
 * error that names host and port.
 */
export async function connect(databaseUrl: string, options: Options = {}): Promise<Database> {
  const { max = 5, patienceMs = 15_000, log, prepares = false, onStatement } = options;
  const sql = postgres(databaseUrl, {
    max,
    idle_timeout: 30,
    connect_timeout: 5,
    backoff: (tries: number) => Math.min(0.1 * 2 ** tries, 1), // seconds; the driver's own waits up to 20
    prepare: prepares,
    types: { bigint: postgres.BigInt },
    onnotice: () => {},
    debug: onStatement &&
      ((_connection, text) => void (text.includes("pg_catalog.pg_type") || onStatement(text))),
  });
  const { host } = new URL(databaseUrl);
  const deadline = Date.now() + patienceMs;
  for (let wait = 250;; wait *= 2) {
    try {
      await sql`select 1`;
      return sql;
    } catch (error) {
      const reason = error instanceof Error
        ? error.message || String((error as { code?: string }).code)
        : String(error);
      if (Date.now() + wait > deadline) {
        await sql.end({ timeout: 1 });
        throw new Error(
          `The database at ${host} cannot be reached (${reason}). Check DATABASE_URL and that the server runs.`,
          { cause: error },
        );
      }
      log?.(`The database at ${host} does not answer (${reason}); trying again in ${wait} ms.`);
      await new Promise((resolve) => setTimeout(resolve, wait));
    }
  }
}

/** Whether an error says that the database could not be reached or hung up, rather than that a statement was wrong. */
export function isConnectionFailure(error: unknown): boolean {
  const code = error instanceof Error ? (error as Error & { code?: unknown }).code : null;
  // The driver's own codes, the operating system's, and PostgreSQL's classes 08, 53 and 57P (appendix A of its manual).
  return typeof code === "string" && /^(CONNECT|ECONN|EPIPE|ETIMEDOUT|ENOTFOUND|08|53|57P)/.test(code);
}
