import type { OpenAPIHono } from "@hono/zod-openapi";
import type { Gauges } from "../../domain/operations/ports.ts";
import { PRIVATE } from "../http/caching.ts";
import { problem } from "../http/problems.ts";
import { reply, type Transport } from "../http/reply.ts";

type Sample = { name: string; labels: Record<string, string>; value: number };

/**
 * Serves metrics for Prometheus at `/metrics` to callers with the bearer token. Without a configured token it does
 * not exist.
 */
export function addMetrics(
  app: OpenAPIHono<Transport>,
  { gauges, token }: { gauges: Gauges; token: string | null },
): void {
  if (token === null) return;
  app.get("/metrics", async (c) => {
    const given = c.req.header("authorization")?.match(/^Bearer +(\S+)$/i)?.[1] ?? "";
    if (!(await isSame(given, token))) {
      return problem(c, "not_authenticated", "Send the metrics' token as Authorization: Bearer <token>.");
    }
    return reply(c, exposition(await gauges.read()), {
      headers: { ...PRIVATE, "content-type": "text/plain; version=0.0.4; charset=utf-8" },
    });
  });
}

/**
 * Writes Prometheus' text format, all metrics as gauges
 * (https://prometheus.io/docs/instrumenting/exposition_formats/).
 */
function exposition(samples: Sample[]): string {
  const names = [...new Set(samples.map(({ name }) => name))];
  return names.map((name) => {
    const lines = samples.filter((sample) => sample.name === name).map(({ labels, value }) => {
      const pairs = Object.entries(labels).map(([label, text]) => `${label}=${JSON.stringify(text)}`);
      return `shop_${name}${pairs.length > 0 ? `{${pairs.join(",")}}` : ""} ${value}`;
    });
    return [`# TYPE shop_${name} gauge`, ...lines].join("\n");
  }).join("\n") + "\n";
}

/** Compares digests, so that timing reveals nothing about the token. */
async function isSame(given: string, token: string): Promise<boolean> {
  const digest = async (text: string) =>
    new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)));
  const [a, b] = await Promise.all([digest(given), digest(token)]);
  return a.every((byte, index) => byte === b[index]);
}
