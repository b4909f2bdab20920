import assert from "node:assert/strict";
import { createClient } from "redis";
import { redisLimits } from "../../adapters/rate_limiter/limits.ts";
import { hasRedis, startRedis } from "../support/daemons.ts";
import { freePort } from "../support/postgres_cluster.ts";
import { until } from "../support/shop.ts";
import { ada, countsTries, eve, limits } from "../support/tries.ts";

/** How long each disturbance lasts. */
const SECONDS = Number(Deno.env.get("DISTURBANCE_SECONDS") ?? 3);

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
      await until(() => Promise.resolve(warnings.length > 0));
    } finally {
      counters.close();
    }
  },
});

Deno.test({
  name: "tries are counted in Redis where there is one",
  ignore: !hasRedis,
  sanitizeOps: false,
  sanitizeResources: false,
  async fn() {
    const redis = await startRedis();
    const counters = await redisLimits(redis.url, limits, { warn: () => assert.fail("Redis is away") });
    await new Promise((resolve) => setTimeout(resolve, 500)); // it connects meanwhile
    try {
      await countsTries(counters);
    } finally {
      counters.close();
      await redis.stop();
    }
  },
});

Deno.test({
  name:
    "while Redis hangs, is killed and comes back, counting goes on within a second, and in Redis again afterwards",
  ignore: !hasRedis,
  sanitizeOps: false,
  sanitizeResources: false,
  async fn() {
    const redis = await startRedis();
    const warnings: string[] = [];
    const counters = await redisLimits(redis.url, limits, {
      warn: (message) => void warnings.push(message),
    });
    const direct = createClient({ url: redis.url });
    direct.on("error", () => {});
    const inRedis = async () => (await direct.keys("*")).length;
    let n = 0;
    /** Counts for somebody new, and says how long that took. */
    const count = async () => {
      const began = performance.now();
      await counters.count({ ...ada, of: `somebody-${n++}` }, { ...eve, of: `somebody-${n++}` });
      return performance.now() - began;
    };
    const isCountedThere = async () => {
      await direct.flushAll();
      await count();
      return await inRedis() > 0;
    };
    try {
      await direct.connect();
      await until(isCountedThere);
      for (const disturb of ["freeze", "kill"] as const) {
        await redis[disturb]();
        const began = performance.now();
        const waits: number[] = [];
        while (performance.now() - began < SECONDS * 1000) {
          waits.push(...await Promise.all([count(), count(), count()]));
          await new Promise((resolve) => setTimeout(resolve, 50));
        }
        waits.sort((a, b) => a - b);
        assert.ok(waits.at(-1)! < 2000, `${disturb}: the longest took ${waits.at(-1)} ms`);
        assert.ok(waits[waits.length >> 1]! < 100, `${disturb}: half took ${waits[waits.length >> 1]} ms`);
        assert.deepEqual(warnings.splice(0).slice(0, 1), ["Redis is away"]);
        if (disturb === "freeze") redis.thaw();
        else await redis.start();
        await until(isCountedThere);
      }
    } finally {
      counters.close();
      direct.destroy();
      await redis.stop();
    }
  },
});
