import { DomainError } from "../../domain/errors.ts";

/** How long a cache may take to purge, in milliseconds. */
const TIMEOUT_MS = 5000;

/** Asks a cache to purge and returns its response. Throws DomainError `vendor_unavailable` if it does not do so. */
export async function ask(
  cache: string,
  url: string,
  request: RequestInit,
  timeoutMs = TIMEOUT_MS,
): Promise<string> {
  let response: Response;
  let text: string;
  try {
    response = await fetch(url, { ...request, signal: AbortSignal.timeout(timeoutMs) });
    text = await response.text();
  } catch (cause) {
    throw new DomainError("vendor_unavailable", `${cache} does not answer: ${cause}`, {}, { cause });
  }
  if (response.ok) return text;
  const retryAfter = Number(response.headers.get("retry-after")) || undefined; // seconds; a date counts as none
  throw new DomainError(
    "vendor_unavailable",
    `${cache} answered ${response.status}: ${text.slice(0, 200)}`,
    retryAfter === undefined ? {} : { retryAfter },
  );
}

/** Splits a list into lists of at most `size`. */
export const inChunks = <Item>(items: Item[], size: number): Item[][] =>
  Array.from(
    { length: Math.ceil(items.length / size) },
    (_, n) => items.slice(n * size, (n + 1) * size),
  );
