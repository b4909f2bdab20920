import assert from "node:assert/strict";
import { redisLimits } from "../../adapters/rate_limiter/limits.ts";
import { freePort } from "../support/postgres_cluster.ts";
import { ada, countsTries, eve, limits } from "../support/tries.ts";

Deno.test({
  name: "while Redis is away a process counts by itself",
  // The counters in memory and the tries to connect leave timers behind, which keep nothing alive.
  sanitizeOps: false,
  sanitizeResources: false,
  async fn() {
    const warnings: string[] = [];
    const log = { warn: (message: string) => void warnings.push(message) };
    const counters = await redisLimits(`redis://127.0.0.1:${freePort()}`, limits, log);
    try {
      await countsTries(counters);
      assert.ok(warnings.length > 0);
    } finally {
      counters.close();
    }
  },
});

const REDIS = Deno.env.get("TEST_REDIS_URL");
if (REDIS) {
  Deno.test({
    name: "tries are counted in Redis where there is one",
    sanitizeOps: false,
    sanitizeResources: false,
    async fn() {
      const counters = await redisLimits(REDIS, limits, { warn: () => assert.fail("Redis is away") });
      await new Promise((resolve) => setTimeout(resolve, 500)); // it connects meanwhile
      try {
        await counters.clear(ada, eve);
        await countsTries(counters);
      } finally {
        await counters.clear(ada, eve);
        counters.close();
      }
    },
  });
}
