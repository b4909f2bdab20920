import { isIP } from "node:net";
import type { OpenAPIHono } from "@hono/zod-openapi";
import type { Context } from "hono";
import { cors } from "hono/cors";
import type { Observer } from "../../domain/operations/ports.ts";
import { problem } from "./problems.ts";
import { EXPOSED_HEADERS, SECURITY_HEADERS, type Transport } from "./reply.ts";

type Fields = Record<string, unknown>;

/** Receives one line per request, and errors. */
export type RequestLog = {
  info(message: string, fields: Fields): void;
  warn(message: string, fields: Fields): void;
  error(message: string, fields: Fields): void;
};

export type TransportOptions = {
  /** Origins whose pages may call the API from a browser, e.g. `https://11-tutors.com`. */
  corsOrigins: string[];
  /** How many proxies are in front of this server and append to X-Forwarded-For. */
  trustedProxies?: number;
  /** For how many seconds an edge may keep a response that is the same for everybody; by default not at all. */
  edgeSeconds?: number;
  /** Sees every response. */
  observer?: Pick<Observer, "responded"> | null;
  log: RequestLog;
};

/** The pattern of a request id that a caller may send, so that its logs and ours can be correlated. */
const SOUND_ID = /^[\w=-]{1,255}$/;

/** A host with an optional port, by RFC 9110, 7.2. */
const SOUND_HOST = /^(?:[\w.-]+|\[[\da-f:.]+\])(?::\d{1,5})?$/i;

/**
 * Adds what every response has, including errors: CORS for the frontends, a request id, security headers and a log
 * line; and problems for unknown paths and methods. `operations`: the known methods and path patterns. The log has the
 * pattern of a path, never its values, and no query: both may hold webhook secrets, tokens of mailed links and people's
 * addresses. It has the IP address of a refused request, so that guesses can be traced, and of no other.
 */
export function useTransport(
  app: OpenAPIHono<Transport>,
  options: TransportOptions,
  operations: { method: string; path: string }[],
): void {
  const known = operations.map(({ method, path }) => ({
    method: method.toUpperCase(),
    path,
    pattern: new RegExp(`^${path.replace(/\/$/, "").replace(/\{\w+\}/g, "[^/]+")}/?$`),
  }));
  const words = new Set(known.flatMap(({ path }) => path.split("/").filter((part) => !part.includes("{"))));
  const pathFor = (path: string) =>
    known.find(({ pattern }) => pattern.test(path))?.path ??
      path.split("/").map((part) => words.has(part) || part === "media" || part === "docs" ? part : "*").join(
        "/",
      );
  app.use(async (c, next) => {
    const start = performance.now();
    const givenId = c.req.header("x-request-id");
    const requestId = givenId && SOUND_ID.test(givenId) ? givenId : crypto.randomUUID();
    c.set("requestId", requestId);
    const origin = c.req.header("origin");
    const headers: Record<string, string> = {
      ...SECURITY_HEADERS,
      vary: "Origin",
      "x-request-id": requestId,
    };
    if (origin && options.corsOrigins.includes(origin)) {
      headers["access-control-allow-origin"] = origin;
      headers["access-control-expose-headers"] = EXPOSED_HEADERS.join(",");
    }
    c.set("headers", headers);
    c.set("edgeSeconds", options.edgeSeconds ?? 0);
    const url = URL.parse(c.req.url);
    if (!url || !SOUND_HOST.test(c.req.header("host") ?? url.host)) {
      return problem(c, "invalid_input", "The Host header does not name a host.");
    }
    c.set("path", url.pathname);
    c.set("ipAddress", clientAddress(c, options.trustedProxies ?? 0));
    await next();
    const { status } = c.res;
    const { method } = c.req;
    const path = c.get("route") ?? pathFor(url.pathname);
    const ms = performance.now() - start;
    const operation = c.get("operation") ?? null;
    options.observer?.responded({ operation, method, path, status, seconds: ms / 1000 });
    options.log.info("request", {
      method,
      path,
      status,
      ms: Math.round(ms),
      requestId,
      userId: c.get("caller")?.id,
      address: status >= 400 ? c.get("ipAddress") : undefined,
    });
  });
  const preflight = cors({
    origin: options.corsOrigins,
    allowMethods: ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"],
    allowHeaders: ["authorization", "content-type", "idempotency-key"],
    maxAge: 600,
  });
  app.use((c, next) => c.req.method === "OPTIONS" ? preflight(c, next) : next());
  app.notFound((c) => {
    const methods = known.filter(({ pattern }) => pattern.test(c.req.path)).map(({ method }) => method);
    if (methods.length === 0) {
      return problem(c, "not_found", "There is nothing at this URL.");
    }
    const allow = [...methods, ...(methods.includes("GET") ? ["HEAD"] : []), "OPTIONS"].join(", ");
    return problem(c, "method_not_allowed", `This URL accepts ${allow}.`, { headers: { allow } });
  });
}

/**
 * Returns the IP address that the outermost trusted proxy saw. Each proxy appends its client to X-Forwarded-For, so
 * entries are counted from the end, and any that a client wrote itself are never reached. Without trusted proxies,
 * returns the connection's address from Deno.serve; empty if there is no connection, as in `app.request`.
 */
function clientAddress(c: Context<Transport>, trustedProxies: number): string {
  const connection = c.env?.remoteAddr?.hostname ?? "";
  if (trustedProxies === 0) return connection;
  const forwarded = c.req.header("x-forwarded-for")?.split(",").map((address) => address.trim()) ?? [];
  const told = forwarded.at(-trustedProxies) ?? "";
  return isIP(told) === 0 ? connection : told;
}
