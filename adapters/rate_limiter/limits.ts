import type { Limits } from "../../domain/limits/ports.ts";
import { lazily } from "../../domain/lazily.ts";
import type { Queries } from "../postgres/queries.ts";
import type { Configuration, Log } from "./counters.ts";

/** The library is loaded with the first call that counts, because a server's first response seldom needs it. */
const counters = () => import("./counters.ts");

/** Returns rate limits counted in PostgreSQL, in a table of our own migrations. */
export function postgresLimits(sql: Queries, limits: Configuration): Limits {
  const counting = lazily(async () => (await counters()).postgresCounters(sql, limits));
  return {
    check: async (...tries) => await (await counting()).check(...tries),
    count: async (...tries) => await (await counting()).count(...tries),
    giveBack: async (...tries) => await (await counting()).giveBack(...tries),
    clear: async (...tries) => await (await counting()).clear(...tries),
  };
}

/**
 * Returns rate limits counted in Redis. While Redis is unavailable or hangs, each process immediately counts in its
 * own memory, so that nobody is locked out, let in or kept waiting. Logs once when Redis is away, and once when it is
 * back. `close` ends the connection.
 */
export async function redisLimits(
  url: string,
  limits: Configuration,
  log: Log,
): Promise<Limits & { close(): void }> {
  return (await counters()).redisCounters(url, limits, log);
}

/** Deletes the counters whose window has ended. */
export async function purgeLimits(sql: Queries, now: Date): Promise<void> {
  await sql`delete from rate_limits where expire < ${now.getTime()}`;
}
