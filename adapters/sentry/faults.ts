import type { ExtendedError } from "@sentry/core";
import { LRUCache } from "lru-cache";
import { lazily } from "../../domain/lazily.ts";
import type { Fault, Faults } from "../../domain/operations/ports.ts";
import type { Config } from "../config/config.ts";
import { inTime } from "../in_time.ts";
import { maskedStrictly } from "../masked.ts";

/** How long a report may take, in milliseconds. The library itself would wait for ever. */
const TIMEOUT_MS = 3000;
/** For how long an error of an operation that was reported is not reported again, in milliseconds. */
const SAME_MS = 60_000;
/** The longest text of an error that is sent. */
const LONGEST_TEXT = 1000;

/**
 * Reports errors to Sentry: type and masked text of each, its causes and stacks, ids and nothing else. The same error
 * of the same operation is reported once a minute. What Sentry does not take is lost, because the log has it too. The
 * library is loaded with the first error, and none of its hooks are used.
 */
export function sentryFaults(
  { dsn, environment, release }: NonNullable<Config["sentry"]>,
  { timeoutMs = TIMEOUT_MS }: { timeoutMs?: number } = {},
): Faults & { close(milliseconds: number): Promise<void> } {
  const recent = new LRUCache<string, true>({ max: 500, ttl: SAME_MS });
  /** The requests under way. */
  const requests = new Set<AbortController>();
  let isUsed = false;
  const open = lazily(async () => {
    const [core, server] = await Promise.all([import("@sentry/core"), import("@sentry/core/server")]);
    const { url, headers } = endpointOf(dsn);
    const client = new server.ServerRuntimeClient({
      dsn,
      environment,
      release: release ?? undefined,
      serverName: "shop", // not the machine's name
      platform: "javascript",
      runtime: { name: "deno", version: Deno.version.deno },
      integrations: [core.linkedErrorsIntegration()],
      stackParser: core.createStackParser(server.nodeStackLineParser()),
      maxValueLength: LONGEST_TEXT,
      sendClientReports: false,
      beforeSend: (event) => ({ ...event, exception: maskedIn(event.exception) }),
      transport: (options) =>
        core.createTransport(options, async ({ body }) => {
          const response = await post(url, { method: "POST", headers, body: body as BodyInit });
          return {
            statusCode: response.status,
            headers: {
              "x-sentry-rate-limits": response.headers.get("x-sentry-rate-limits"),
              "retry-after": response.headers.get("retry-after"),
            },
          };
        }),
    });
    client.init();
    return { client, Scope: core.Scope };
  });

  async function post(url: string, init: RequestInit): Promise<Response> {
    const request = new AbortController();
    requests.add(request);
    const timer = setTimeout(() => request.abort(), timeoutMs);
    try {
      const response = await fetch(url, { ...init, signal: request.signal });
      await response.body?.cancel();
      return response;
    } finally {
      clearTimeout(timer);
      requests.delete(request);
    }
  }

  async function send({ error: thrown, requestId, operation, userId, job }: Fault): Promise<void> {
    const { client, Scope } = await open();
    const error = thrown instanceof Error ? thrown : new Error(
      typeof thrown === "string"
        ? thrown
        : `Something that is no error was thrown, of type ${typeof thrown}.`,
    );
    const scope = new Scope();
    scope.setTags({ request_id: requestId, operation, job });
    if (userId !== undefined) scope.setUser({ id: userId });
    client.captureException(error, { originalException: error }, scope);
  }

  return {
    report(fault) {
      const key = [fault.operation, fault.job, firstLinesOf(fault.error)].join("\n");
      if (recent.has(key)) return;
      recent.set(key, true);
      isUsed = true;
      send(fault).catch(() => {}); // the library cannot be loaded, and the log has the error
    },

    /** Waits for reports under way, and then drops them. */
    async close(milliseconds) {
      if (!isUsed) return;
      const { client } = await open();
      await inTime(milliseconds, async () => void await client.flush()).catch(() => {});
      for (const request of requests) request.abort();
    },
  };
}

/**
 * Returns where a DSN's project takes reports. The key is sent in a header, as the protocol allows, because addresses
 * are written to logs and traces.
 */
function endpointOf(dsn: string): { url: string; headers: Record<string, string> } {
  const { protocol, host, pathname, username } = new URL(dsn);
  const [, folder, project] = pathname.match(/^(.*)\/(\d+)$/)!;
  return {
    url: `${protocol}//${host}${folder}/api/${project}/envelope/`,
    headers: {
      "content-type": "application/x-sentry-envelope",
      "x-sentry-auth": `Sentry sentry_version=7, sentry_client=shop/1, sentry_key=${username}`,
    },
  };
}

const firstLinesOf = (error: unknown): string =>
  ((error as ExtendedError | null)?.stack ?? String(error)).slice(0, LONGEST_TEXT).split("\n").slice(0, 3)
    .join("\n");

/** Masks the texts of all errors, and of their frames: a text may look like one. */
function maskedIn<Value>(value: Value): Value {
  if (typeof value === "string") return maskedStrictly(value) as Value;
  if (Array.isArray(value)) return value.map(maskedIn) as Value;
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, maskedIn(inner)])) as Value;
}
