import { countsCalls, type LimitName, type Limits, type Tries } from "./ports.ts";

type Call = { limits: readonly LimitName[]; callerId: string | null; ipAddress: string };

/**
 * Counts a call of an operation against the limits that it declares, except those that its use case counts. Throws
 * DomainError `too_many_requests` if the call exceeds a limit.
 */
export async function countCall(limits: Pick<Limits, "count">, call: Call): Promise<void> {
  const tries = triesOf(call);
  if (tries.length > 0) await limits.count(...tries);
}

/** Lists the attempts to count for a call, one per limit. */
export function triesOf({ limits, callerId, ipAddress }: Call): Tries[] {
  return limits.filter(countsCalls).flatMap((limit): Tries[] => {
    if (limit.endsWith("_of_account")) return callerId === null ? [] : [{ limit, of: callerId }];
    return limit.startsWith("anonymous_") && callerId !== null ? [] : [{ limit, of: ipAddress }];
  });
}
