import type { OpenAPIHono } from "@hono/zod-openapi";
import { PRIVATE } from "../http/caching.ts";
import { problem } from "../http/problems.ts";
import { reply, type Transport } from "../http/reply.ts";

type Options = {
  token: string;
  /** Writes all metrics in Prometheus' text format. */
  exposition(): Promise<string>;
};

/** Serves metrics for Prometheus at `/metrics` to callers with the bearer token. */
export function addMetrics(app: OpenAPIHono<Transport>, { token, exposition }: Options): void {
  app.get("/metrics", async (c) => {
    const given = c.req.header("authorization")?.match(/^Bearer +(\S+)$/i)?.[1] ?? "";
    if (!(await isSame(given, token))) {
      return problem(c, "not_authenticated", "Send the metrics' token as Authorization: Bearer <token>.");
    }
    return reply(c, await exposition(), {
      headers: { ...PRIVATE, "content-type": "text/plain; version=0.0.4; charset=utf-8" },
    });
  });
}

/** Compares digests, so that timing reveals nothing about the token. */
async function isSame(given: string, token: string): Promise<boolean> {
  const digest = async (text: string) =>
    new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)));
  const [a, b] = await Promise.all([digest(given), digest(token)]);
  return a.every((byte, index) => byte === b[index]);
}
