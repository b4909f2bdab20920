import { DomainError } from "../errors.ts";
import type { SearchEngine, SearchIndexes } from "./ports.ts";

type Log = { warn(message: string, fields: Record<string, unknown>): void };
type Deps = { searchIndexes: SearchIndexes; searchEngine: SearchEngine; log: Log };

/** The number of noted changes that one round tells. */
const CHANGES_PER_ROUND = 200;
/** How long a claim lasts, in seconds: longer than the calls of a round. After that its process is presumed dead. */
const LEASE_SECONDS = 60;

/**
 * Tells the indexes of the search engine which courses have changed, up to one round. If the engine does not take
 * them, they are told again later. Gives up indexes that missed changes. Returns how many changes it claimed.
 */
export async function indexCourses({ searchIndexes, searchEngine, log }: Deps): Promise<number> {
  const changes = await searchIndexes.claim({ changes: CHANGES_PER_ROUND, leaseSeconds: LEASE_SECONDS });
  const { claims, indexes, lapsed } = changes;
  const giveUp = async (names: string[], reason: string) => {
    if (names.length === 0) return;
    await searchIndexes.forget(names);
    log.warn("search index given up: run search:rebuild", { indexes: names, reason });
  };
  try {
    if (lapsed.length > 0) await searchEngine.remove(lapsed);
    await giveUp(lapsed, "nobody told it of changes for a week");
    const missing = claims.length > 0 ? await searchEngine.put(indexes, changes) : [];
    await giveUp(missing, "it does not exist");
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
    log.warn("courses not indexed", { reason: error.message, changes: claims.length });
    await searchIndexes.postpone(claims, error.details.retryAfter);
    return claims.length;
  }
  await searchIndexes.told(claims);
  return claims.length;
}
