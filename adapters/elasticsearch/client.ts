import type { Client } from "@elastic/elasticsearch";
import { DomainError } from "../../domain/errors.ts";
import { lazily } from "../../domain/lazily.ts";
import type { Config } from "../config/config.ts";
import { inTime } from "../in_time.ts";

type Options = NonNullable<Config["elasticsearch"]>;

/** What every call is given: who calls decides whether to try again. */
type Call = { signal: AbortSignal; maxRetries: number; openTelemetry: { enabled: boolean } };

export type Elasticsearch = {
  ask<Answer>(milliseconds: number, work: (client: Client, call: Call) => Promise<Answer>): Promise<Answer>;
  /** Ends the connections. */
  close(): Promise<void>;
};

/**
 * Returns the connection to Elasticsearch. `ask` throws DomainError `vendor_unavailable` after the given milliseconds,
 * and for anything but success. The error says what kind it is, never what was searched for.
 * The package is loaded with the first call, whose time begins after that. The package's own spans are off, because
 * they would have the texts that people search for.
 */
export function connectElasticsearch({ url, apiKey }: Pick<Options, "url" | "apiKey">): Elasticsearch {
  let isOpen = false;
  const client = lazily(async () => {
    const { Client } = await import("@elastic/elasticsearch");
    isOpen = true;
    return new Client({ node: url, auth: { apiKey } });
  });
  return {
    async ask(milliseconds, work) {
      const asked = await client();
      try {
        return await inTime(
          milliseconds,
          (signal) => work(asked, { signal, maxRetries: 0, openTelemetry: { enabled: false } }),
        );
      } catch (cause) {
        const { status, type, retryAfter } = detailsOf(cause);
        const reason = status === undefined ? type : `answered ${status}: ${type}`;
        throw new DomainError(
          "vendor_unavailable",
          `Elasticsearch ${reason}`,
          retryAfter === undefined ? {} : { retryAfter },
          { cause },
        );
      }
    },
    async close() {
      if (isOpen) await (await client()).close();
    },
  };
}

/** Returns the status of an answer, and what kind of error it was. */
function detailsOf(error: unknown): { status?: number; type: string; retryAfter?: number } {
  if (!(error instanceof Error)) return { type: "failed" };
  if (!("meta" in error) || !("statusCode" in error)) return { type: `does not answer: ${error.name}` };
  const { statusCode, body, headers } = error as {
    statusCode?: number;
    body?: { error?: { type?: unknown } };
    headers?: Record<string, unknown>;
  };
  const type = body?.error?.type;
  return {
    status: statusCode,
    type: typeof type === "string" && /^\w{1,60}$/.test(type) ? type : "no reason given",
    retryAfter: Number(headers?.["retry-after"]) || undefined,
  };
}

/** Returns whether Elasticsearch answered that the index does not exist. */
export const isMissing = (error: unknown): boolean =>
  error instanceof DomainError && detailsOf(error.cause).type === "index_not_found_exception";
