import { type Context, Hono, type MiddlewareHandler } from "hono";
import { secureHeaders } from "hono/secure-headers";
import type { Caller } from "../../domain/accounts/ports.ts";

/** The variables of a request in Hono. */
export type Transport = {
  Bindings: {
    remoteAddr?: { hostname?: string };
    /** The request in the app that passed it on to that of a capability. */
    outer?: Context<Transport>;
  } | undefined;
  Variables: {
    requestId: string;
    /** The requested path, without the query. */
    path: string;
    /** The pattern of the operation's path, once it is known. */
    route?: string;
    /** The id of the operation, once it is known. */
    operation?: string;
    /** Whether the operation responds with pages for people. */
    answersPage?: boolean;
    /** The client's IP address. */
    ipAddress: string;
    caller: Caller | null;
    /** For how many seconds an edge may keep a response that is the same for everybody; 0: not at all. */
    edgeSeconds: number;
    headers: Record<string, string>;
  };
};

// Setting headers on a finished response costs Deno more than everything else in HTTP here (measured), so the headers
// of every response are collected first, and `reply` builds the response with them.

/**
 * The headers of every response, by OWASP's REST Security Cheat Sheet. Responses are data: nothing in them may be
 * run, framed or loaded. The pages that we serve set their own policy.
 */
export const SECURITY_HEADERS = {
  ...await headersOf(secureHeaders({
    crossOriginResourcePolicy: "cross-origin",
    referrerPolicy: "no-referrer",
    // Only for documents with scripts, or for very old browsers.
    crossOriginOpenerPolicy: false,
    originAgentCluster: false,
    xDnsPrefetchControl: false,
    xDownloadOptions: false,
    xPermittedCrossDomainPolicies: false,
    xXssProtection: false,
  })),
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
};
/** The headers that scripts of other origins may read. */
export const EXPOSED_HEADERS = ["x-request-id", "retry-after", "ratelimit", "ratelimit-policy"];

/** Builds a response with the headers that every response has. */
export function reply(
  c: Context<Transport>,
  body: BodyInit | null,
  { status = 200, headers = {} }: { status?: number; headers?: Record<string, string> } = {},
): Response {
  return new Response(body, { status, headers: Object.assign(c.get("headers"), headers) });
}

/**
 * Returns the Vary header of a response that depends on these request headers; every response depends on the origin.
 */
export const varyOn = (...headers: string[]) => ({ vary: ["Origin", ...headers].join(", ") });

/** Returns the headers that a middleware sets on any response. */
async function headersOf(middleware: MiddlewareHandler): Promise<Record<string, string>> {
  const probe = new Hono().use(middleware).get("/", () => new Response());
  return Object.fromEntries((await probe.request("/")).headers);
}
