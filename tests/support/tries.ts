import assert from "node:assert/strict";
import { DEFAULT_LIMITS, type Limits } from "../../domain/limits/ports.ts";

export const limits = { ...DEFAULT_LIMITS, link_of_account: { tries: 2, seconds: 60 } };
export const ada = { limit: "link_of_account", of: "ada@example.com" } as const;
export const eve = { limit: "link_of_account", of: "eve@example.com" } as const;

/** Holds counters of tries against what their port promises. */
export async function countsTries(counters: Limits): Promise<void> {
  await counters.count(ada);
  await counters.check(ada);
  await counters.count(ada);
  await assert.rejects(counters.check(ada), { code: "too_many_requests" });
  await assert.rejects(counters.count(eve, ada), (error: unknown) => {
    const { details } = error as { details: { retryAfter: number; limit: object } };
    assert.ok(details.retryAfter > 55 && details.retryAfter <= 60);
    assert.deepEqual(details.limit, {
      name: "link_of_account",
      tries: 2,
      seconds: 60,
      reset: details.retryAfter,
    });
    return true;
  });
  await counters.check(eve);
  await counters.clear(ada);
  await counters.check(ada);
  const together = await Promise.allSettled(Array.from({ length: 5 }, () => counters.count(ada)));
  assert.equal(together.filter(({ status }) => status === "fulfilled").length, 2);
}
