import type { OpenAPIHono } from "@hono/zod-openapi";
import { cors } from "hono/cors";
import { requestId } from "hono/request-id";
import { secureHeaders } from "hono/secure-headers";
import type { Caller } from "../domain/accounts/ports.ts";
import { problemResponse } from "./problems.ts";

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

/** What Hono carries through a request. */
export type Transport = {
  Bindings: { remoteAddr?: { hostname?: string } } | undefined;
  Variables: { requestId: string; caller: Caller | null };
};

/** Answers are data: nothing in them is to be run, framed or loaded. The pages that we serve set their own policy. */
const DATA_POLICY = "default-src 'none'; frame-ancestors 'none'";

/**
 * What every answer has, errors included: CORS for the frontends, a request id, security headers, a line in the log; and
 * problems for unknown paths and methods. `methodsOf` tells which methods a path has.
 */
export function useTransport(
  app: OpenAPIHono<Transport>,
  options: TransportOptions,
  methodsOf: (path: string) => string[],
): void {
  app.use(requestId());
  app.use(async (c, next) => {
    const start = performance.now();
    await next();
    // The path only: a query may hold the token of a mailed link.
    options.log.info("request", {
      method: c.req.method,
      path: new URL(c.req.url).pathname,
      status: c.res.status,
      ms: Math.round(performance.now() - start),
      requestId: c.get("requestId"),
      userId: c.get("caller")?.id,
    });
  });
  app.use(cors({
    origin: options.corsOrigins,
    allowMethods: ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"],
    allowHeaders: ["authorization", "content-type", "idempotency-key"],
    exposeHeaders: ["x-request-id", "retry-after", "ratelimit", "ratelimit-policy"],
    maxAge: 600,
  }));
  app.use(secureHeaders({ crossOriginResourcePolicy: "cross-origin", referrerPolicy: "no-referrer" }));
  app.use(async (c, next) => {
    await next();
    if (!c.res.headers.has("content-security-policy")) {
      c.res.headers.set("content-security-policy", DATA_POLICY);
    }
  });
  app.notFound((c) => {
    const requestId = c.get("requestId");
    const methods = methodsOf(c.req.path);
    if (methods.length === 0) {
      return problemResponse("not_found", "There is nothing at this address.", { requestId });
    }
    const allow = [...methods, ...(methods.includes("GET") ? ["HEAD"] : []), "OPTIONS"].join(", ");
    return problemResponse("method_not_allowed", `This address takes ${allow}.`, {
      requestId,
      headers: { allow },
    });
  });
}
