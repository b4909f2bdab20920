import type { OpenAPIHono } from "@hono/zod-openapi";
import { cors } from "hono/cors";
import { problem } from "./problems.ts";
import { EXPOSED_HEADERS, SECURITY_HEADERS, type Transport } from "./reply.ts";

type Fields = Record<string, unknown>;

/** Where the transport reports: one line per request, and what went wrong. */
export type RequestLog = {
  info(message: string, fields: Fields): void;
  warn(message: string, fields: Fields): void;
  error(message: string, fields: Fields): void;
};

export type TransportOptions = {
  /** Origins whose pages may call the API from a browser, e.g. `https://11-tutors.com`. */
  corsOrigins: string[];
  log: RequestLog;
};

/** A request id that a caller may give, so that its logs and ours can be read together. */
const SOUND_ID = /^[\w=-]{1,255}$/;

/**
 * What every answer has, errors included: CORS for the frontends, a request id, security headers, a line in the log; and
 * problems for unknown paths and methods. `methodsOf` tells which methods a path has.
 */
export function useTransport(
  app: OpenAPIHono<Transport>,
  options: TransportOptions,
  methodsOf: (path: string) => string[],
): void {
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
    const url = URL.parse(c.req.url);
    if (!url) return problem(c, "invalid_input", "The Host header does not name a host.");
    c.set("path", url.pathname); // without the query, which may hold the token of a mailed link
    await next();
    options.log.info("request", {
      method: c.req.method,
      path: c.get("path"),
      status: c.res.status,
      ms: Math.round(performance.now() - start),
      requestId,
      userId: c.get("caller")?.id,
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
    const methods = methodsOf(c.req.path);
    if (methods.length === 0) {
      return problem(c, "not_found", "There is nothing at this address.");
    }
    const allow = [...methods, ...(methods.includes("GET") ? ["HEAD"] : []), "OPTIONS"].join(", ");
    return problem(c, "method_not_allowed", `This address takes ${allow}.`, { headers: { allow } });
  });
}
