import { DomainError } from "../errors.ts";
import type { Edge, StaleTags } from "./ports.ts";

type Log = { warn(message: string, fields: Record<string, unknown>): void };
type Deps = { staleTags: StaleTags; edge: Edge; log: Log };

/** The number of noted changes that one round purges. */
const TAGS_PER_ROUND = 500;
/** How long a claim lasts, in seconds: longer than the calls of a round. After that its process is presumed dead. */
const LEASE_SECONDS = 60;
/**
 * How long after a purge the same tags are purged again, in seconds. A response that was read before the change may
 * reach the edge after the first purge. One that is even slower is bounded by its lifetime alone.
 */
const AGAIN_SECONDS = 10;

/**
 * Purges from the edge what changes have made stale, up to one round. If an edge does not purge, the tags are tried
 * again later. Returns how many it claimed.
 */
export async function purgeEdge({ staleTags, edge, log }: Deps): Promise<number> {
  const claims = await staleTags.claim({ tags: TAGS_PER_ROUND, leaseSeconds: LEASE_SECONDS });
  if (claims.length === 0) return 0;
  try {
    await edge.purge([...new Set(claims.map(({ tag }) => tag))]);
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
    log.warn("edge not purged", { reason: error.message, changes: claims.length });
    await staleTags.postpone(claims, error.details.retryAfter);
    return claims.length;
  }
  await staleTags.purged(claims, { seconds: AGAIN_SECONDS });
  return claims.length;
}
