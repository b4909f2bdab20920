import assert from "node:assert/strict";
import { redisLimits } from "../../adapters/rate_limiter/limits.ts";
import { hasRedis, startRedis } from "../support/daemons.ts";
import { freePort } from "../support/postgres_cluster.ts";
import { until } from "../support/shop.ts";
import { ada, countsTries, eve, limits } from "../support/tries.ts";

/** How long each disturbance lasts. */
const SECONDS = Number(Deno.env.get("DISTURBANCE_SECONDS") ?? 3);

/** A log whose last line can be waited for. */
function listen() {
  const lines: string[] = [];
  return {
    lines,
    log: { info: (line: string) => void lines.push(line), warn: (line: string) => void lines.push(line) },
    hears: (line: string) => until(() => Promise.resolve(lines.at(-1) === line)),
  };
}

// The counters in memory and the tries to connect leave timers behind, which keep nothing alive.
const untidy = { sanitizeOps: false, sanitizeResources: false };

Deno.test({
  name: "a process counts by itself while Redis is away",
  ...untidy,
  async fn() {
    const { log, hears } = listen();
    const counters = await redisLimits(`redis://127.0.0.1:${freePort()}`, limits, log);
    try {
      await countsTries(counters);
      await hears("Redis is away");
    } finally {
      counters.close();
    }
  },
});

Deno.test({
  name: "with Redis, attempts are counted across all processes",
  ignore: !hasRedis,
  ...untidy,
  async fn() {
    const redis = await startRedis();
    const [one, other] = [listen(), listen()];
    const counters = await redisLimits(redis.url, limits, one.log);
    const others = await redisLimits(redis.url, limits, other.log);
    try {
      await Promise.all([one.hears("Redis is back"), other.hears("Redis is back")]);
      await countsTries(counters);
      await assert.rejects(others.check(ada), { code: "too_many_requests" });
    } finally {
      counters.close();
      others.close();
      await redis.stop();
    }
  },
});

Deno.test({
  name: "counting goes on while Redis hangs, is killed and comes back, and in Redis again afterwards",
  ignore: !hasRedis,
  ...untidy,
  async fn() {
    const redis = await startRedis();
    const { log, hears, lines } = listen();
    const counters = await redisLimits(redis.url, limits, log);
    let n = 0;
    const somebody = () => counters.count({ ...ada, of: `somebody-${n++}` });
    try {
      await hears("Redis is back");
      for (const disturb of ["freeze", "kill"] as const) {
        await redis[disturb]();
        await somebody();
        await hears("Redis is away");
        const ends = Date.now() + SECONDS * 1000;
        do {
          await counters.clear(ada, eve);
          await countsTries(counters);
          await Promise.all([somebody(), somebody(), somebody()]);
          await new Promise((resolve) => setTimeout(resolve, 50));
        } while (Date.now() < ends);
        if (disturb === "freeze") redis.thaw();
        else await redis.start();
        // A connection at rest is asked again by the next who is counted.
        await until(async () => (await somebody(), lines.at(-1) === "Redis is back"));
        await counters.clear(ada, eve);
        await countsTries(counters);
      }
    } finally {
      counters.close();
      await redis.stop();
    }
  },
});
