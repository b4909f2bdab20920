import { createHash } from "node:crypto";
import ipaddr from "ipaddr.js";
import {
  RateLimiterMemory,
  RateLimiterPostgres,
  RateLimiterRedis,
  RateLimiterRes,
  type RateLimiterStoreAbstract,
} from "rate-limiter-flexible";
import {
  COUNTED_PER_PROCESS,
  type Limit,
  type LimitName,
  type Limits,
  type Tries,
} from "../../domain/limits/ports.ts";
import { DomainError } from "../../domain/errors.ts";
import { inTime } from "../in_time.ts";
import type { Queries } from "../postgres/queries.ts";
import { memoryCounter } from "./memory_counter.ts";

export type Configuration = Record<LimitName, Limit>;
export type Log = {
  info(message: string): void;
  warn(message: string, fields: Record<string, unknown>): void;
};

/** Returns rate limits counted in PostgreSQL, in a table of our own migrations. */
export function postgresCounters(sql: Queries, limits: Configuration): Limits {
  // The interface of the `pg` package that the library uses, on our driver; its numbers are not BigInts.
  const storeClient = {
    async query({ text, values }: { text: string; values: (string | number)[] }) {
      const rows = await sql.unsafe<{ points: number; expire: bigint }[]>(text, values);
      const numbers = rows.map((row) => ({ ...row, expire: Number(row.expire) }));
      return { rows: numbers, rowCount: rows.count };
    },
  };
  return countersOf(limits, ({ keyPrefix, points, duration }) =>
    new RateLimiterPostgres({
      storeClient,
      storeType: "client",
      tableName: "rate_limits",
      tableCreated: true,
      clearExpiredByTimeout: false,
      keyPrefix,
      points,
      duration,
    }));
}

/**
 * In milliseconds: the timeout of a command, how long Redis is not asked after a timeout, how often an idle
 * connection is pinged, and when a silent one is cut and replaced.
 */
const REDIS = { answer: 500, rest: 2000, ping: 1000, silence: 3000 };

/**
 * Returns rate limits counted in Redis. While Redis is unavailable or hangs, each process immediately counts in its
 * own memory, so that nobody is locked out, let in or kept waiting. Logs once when Redis is away, and once when it is
 * back. `close` ends the connection.
 */
export async function redisCounters(
  url: string,
  limits: Configuration,
  log: Log,
): Promise<Limits & { close(): void }> {
  const { createClient } = await import("redis");
  const client = createClient({
    url,
    disableOfflineQueue: true,
    pingInterval: REDIS.ping,
    socket: {
      connectTimeout: REDIS.silence,
      socketTimeout: REDIS.silence,
      reconnectStrategy: (tries) => Math.min(50 * 2 ** tries, REDIS.rest),
    },
  });
  let isAway: boolean | null = null; // not known yet
  let restsUntil = 0;
  const noteAway = (error: unknown) => {
    if (isAway !== true) log.warn("Redis is away", { error: String(error) });
    isAway = true;
  };
  const noteThere = () => {
    if (isAway !== false) log.info("Redis is back");
    isAway = false;
  };
  client.on("error", noteAway);
  client.on("ready", noteThere);
  client.connect().catch(() => {}); // logged above; the client keeps trying, and nobody waits for it

  async function ask<Answer>(command: () => Promise<Answer>): Promise<Answer> {
    if (!storeClient.isReady) throw new Error("Redis is away");
    try {
      const answer = await inTime(REDIS.answer, command);
      noteThere();
      return answer;
    } catch (error) {
      if (error instanceof DOMException) restsUntil = Date.now() + REDIS.rest;
      noteAway(error);
      throw error;
    }
  }

  // The library's calls to the client; the client's own timeout covers only commands that are not sent yet.
  const storeClient = {
    get isReady(): boolean {
      return client.isReady && Date.now() >= restsUntil;
    },
    eval: (script: string, options: { keys: string[]; arguments: string[] }) =>
      ask(() => client.eval(script, options)),
    del: (key: string) => ask(() => client.del(key)),
    multi() {
      const batch = client.multi();
      const exec = batch.exec.bind(batch);
      return Object.assign(batch, { exec: (asPipeline?: boolean) => ask(() => exec(asPipeline)) });
    },
  };
  const counters = countersOf(limits, ({ keyPrefix, points, duration }) =>
    new RateLimiterRedis({
      storeClient,
      useRedisPackage: true,
      rejectIfRedisNotReady: true,
      insuranceLimiter: new RateLimiterMemory({ keyPrefix, points, duration }),
      keyPrefix,
      points,
      duration,
    }));
  return { ...counters, close: () => client.destroy() };
}

type Counter = {
  [Method in "get" | "consume" | "delete" | "reward"]: (
    key: string,
  ) => ReturnType<RateLimiterStoreAbstract[Method]>;
};
/** Where an attempt is counted: the counter, the key, and the allowed number. */
type Place = { counter: Counter; key: string; points: number };

/**
 * The counters of /48 networks. A subscriber has a /64 of IPv6, which counts as one address; some have a /48, that is
 * 65,536 of those, which together have `times` as many attempts.
 */
const WIDER = { suffix: "_48", times: 4 };

function countersOf(
  limits: Configuration,
  make: (options: { keyPrefix: string; points: number; duration: number }) => Counter,
): Limits {
  const counters = new Map(
    (Object.entries(limits) as [LimitName, Limit][]).map(([name, { tries, seconds }]) => {
      const counter = (keyPrefix: string, points: number) => {
        const options = { keyPrefix, points, duration: seconds };
        return COUNTED_PER_PROCESS.has(name) ? memoryCounter(options) : make(options);
      };
      const wide = name.endsWith("_of_address")
        ? counter(name + WIDER.suffix, tries * WIDER.times)
        : undefined;
      return [name, { counter: counter(name, tries), wide }];
    }),
  );

  /** Returns where to count an attempt. An IPv6 address is counted twice, in its /64 and in its /48. */
  function placesOf({ limit, of }: Tries): Place[] {
    const { counter, wide } = counters.get(limit)!;
    const points = limits[limit].tries;
    const around = wide && aroundIt(of);
    return [
      { counter, key: keyOf(withNetwork(of, 4)), points },
      ...(around ? [{ counter: wide, key: keyOf(around), points: points * WIDER.times }] : []),
    ];
  }

  function refusal({ limit }: Tries, { msBeforeNext }: RateLimiterRes): DomainError {
    const { tries, seconds } = limits[limit];
    const reset = Math.max(1, Math.ceil(msBeforeNext / 1000));
    return new DomainError("too_many_requests", `Too many attempts. Try again in ${reset} seconds.`, {
      retryAfter: reset,
      limit: { name: limit, tries, seconds, reset },
    });
  }

  return {
    async check(...all) {
      for (const tries of all) {
        for (const { counter, key, points } of placesOf(tries)) {
          const state = await counter.get(key);
          if (state && state.consumedPoints >= points) throw refusal(tries, state);
        }
      }
    },

    async count(...all) {
      let refused: DomainError | null = null;
      for (const tries of all) {
        for (const { counter, key } of placesOf(tries)) {
          try {
            await counter.consume(key);
          } catch (state) {
            if (!(state instanceof RateLimiterRes)) throw state;
            refused ??= refusal(tries, state);
          }
        }
      }
      if (refused) throw refused;
    },

    async giveBack(...all) {
      for (const tries of all) {
        for (const { counter, key } of placesOf(tries)) {
          const state = await counter.get(key);
          if (state && state.consumedPoints > 0) await counter.reward(key);
        }
      }
    },

    async clear(...all) {
      for (const tries of all) {
        for (const { counter, key } of placesOf(tries)) await counter.delete(key);
      }
    },
  };
}

/** Hashes a key, because a table of counters needs no e-mail or IP addresses. */
function keyOf(of: string): string {
  return createHash("sha256").update(of).digest("base64url");
}

/**
 * Replaces an IPv6 address at the end by its network of the given number of parts (of eight), so that a network
 * counts as one.
 */
function withNetwork(of: string, parts: number): string {
  return of.replace(/[0-9a-f:]*:[0-9a-f:.]*$/i, (text) => {
    if (!ipaddr.isValid(text)) return text;
    const address = ipaddr.process(text);
    return address instanceof ipaddr.IPv6 ? address.parts.slice(0, parts).join(":") : address.toString();
  });
}

/** Returns the key with the /48 of an IPv6 address; null for all others. */
function aroundIt(of: string): string | null {
  if (!of.includes(":") || !ipaddr.isValid(of)) return null;
  return ipaddr.process(of) instanceof ipaddr.IPv6 ? withNetwork(of, 3) : null;
}
