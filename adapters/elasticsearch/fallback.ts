import { BrokenCircuitError, circuitBreaker, ConsecutiveBreaker, handleWhen } from "cockatiel";
import type { CourseQuery, CourseSearch } from "../../domain/catalog/ports.ts";
import { DomainError } from "../../domain/errors.ts";

type Log = {
  info(message: string): void;
  warn(message: string, fields: Record<string, unknown>): void;
};

/** How long the first search is not asked after a failure, in milliseconds. */
const REST_MS = 5000;

const isOutage = (error: unknown) => error instanceof DomainError && error.code === "vendor_unavailable";

/**
 * Returns a search that asks the second one whenever the first one fails or `isFor` says that a query is not for it.
 * After a failure the first one is left alone for a while; then one search tries it again. Logs once when it is away,
 * and once when it is back.
 */
export function withFallback(
  first: CourseSearch,
  second: CourseSearch,
  { isFor, log, restMs = REST_MS }: { isFor(query: CourseQuery): boolean; log: Log; restMs?: number },
): CourseSearch {
  const breaker = circuitBreaker(handleWhen(isOutage), {
    halfOpenAfter: restMs,
    breaker: new ConsecutiveBreaker(1),
  });
  let isAway = false;
  breaker.onReset(() => {
    isAway = false;
    log.info("search engine is back");
  });
  return {
    async find(query) {
      if (!isFor(query)) return await second.find(query);
      try {
        return await breaker.execute(() => first.find(query));
      } catch (error) {
        if (!isOutage(error) && !(error instanceof BrokenCircuitError)) throw error;
        if (!isAway && error instanceof DomainError) {
          isAway = true;
          log.warn("search engine is away", { reason: error.message });
        }
        return await second.find(query);
      }
    },
  };
}
