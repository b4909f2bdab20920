import {
  BrokenCircuitError,
  circuitBreaker,
  ConsecutiveBreaker,
  ExponentialBackoff,
  handleWhen,
  retry,
  wrap,
} from "cockatiel";
import type { z } from "zod";
import { DomainError } from "../../domain/errors.ts";
import type { Config } from "../config/config.ts";

const TIMEOUT_MS = 2000;
/**
 * The number of consecutive failures after which no requests are sent, and the time until one request may try again.
 */
const BREAKER = { failures: 5, halfOpenAfterMs: 10_000 };

export type VdocipherOptions = {
  /** Called once when the service fails, and not again until it has recovered. */
  onOutage?: (reason: string) => void;
  timeoutMs?: number;
  halfOpenAfterMs?: number;
};

type Call<Answer> = {
  method: "GET" | "POST" | "PUT" | "DELETE";
  path: string;
  body?: Record<string, unknown>;
  /** The schema of the response. */
  answer: z.ZodType<Answer>;
  /** Whether repeating it is harmless. If so, it is retried once, after a random delay. */
  repeatable: boolean;
};

/** A failed request to VdoCipher. */
class Failure extends Error {
  constructor(message: string, readonly isTransient: boolean, options?: ErrorOptions) {
    super(message, options);
  }
}

export type VdocipherClient = <Answer>(call: Call<Answer>) => Promise<Answer | null>;

/**
 * Calls VdoCipher with a timeout, a retry where that is safe, and a circuit breaker. Returns null if the service does
 * not have the object. Throws DomainError `vendor_unavailable` for anything else except a valid response.
 */
export function vdocipherClient(config: Config["video"], options: VdocipherOptions = {}): VdocipherClient {
  const { onOutage, timeoutMs = TIMEOUT_MS, halfOpenAfterMs = BREAKER.halfOpenAfterMs } = options;
  const breaker = circuitBreaker(handleWhen((error) => error instanceof Failure), {
    halfOpenAfter: halfOpenAfterMs,
    breaker: new ConsecutiveBreaker(BREAKER.failures),
  });
  const again = retry(handleWhen((error) => error instanceof Failure && error.isTransient), {
    maxAttempts: 1,
    backoff: new ExponentialBackoff({ initialDelay: 150, maxDelay: 600 }), // with jitter
  });
  const withRetry = wrap(again, breaker);
  let isOut = false;
  breaker.onBreak((reason) => {
    if (isOut) return; // a failed attempt in the half-open state
    isOut = true;
    onOutage?.(
      "error" in reason && reason.error instanceof Failure ? reason.error.message : "it was cut off",
    );
  });
  breaker.onReset(() => isOut = false);

  async function attempt<Answer>({ method, path, body, answer }: Call<Answer>): Promise<Answer | null> {
    let response: Response;
    let text: string;
    try {
      response = await fetch(`${config.apiUrl}${path}`, {
        method,
        headers: {
          authorization: `Apisecret ${config.secretKey}`,
          accept: "application/json",
          ...(body ? { "content-type": "application/json" } : {}),
        },
        body: body && JSON.stringify(body),
        signal: AbortSignal.timeout(timeoutMs),
      });
      text = await response.text();
    } catch (cause) {
      throw new Failure("VdoCipher does not answer", true, { cause });
    }
    if (response.status === 404) return null;
    if (response.status === 401 || response.status === 403) {
      throw new Failure(
        `VdoCipher refuses our key (${response.status}): check VIDEO_SERVICE_SECRET_KEY`,
        false,
      );
    }
    if (!response.ok) {
      const isTransient = response.status === 429 || response.status >= 500;
      throw new Failure(`VdoCipher answered ${response.status}: ${text.slice(0, 200)}`, isTransient);
    }
    const parsed = answer.safeParse(jsonOrNull(text));
    if (!parsed.success) throw new Failure(`VdoCipher answered nonsense: ${text.slice(0, 200)}`, true);
    return parsed.data;
  }

  return async (call) => {
    try {
      return await (call.repeatable ? withRetry : breaker).execute(() => attempt(call));
    } catch (cause) {
      if (!(cause instanceof Failure) && !(cause instanceof BrokenCircuitError)) throw cause;
      const retryAfter = cause instanceof BrokenCircuitError ? Math.ceil(halfOpenAfterMs / 1000) : 5;
      throw new DomainError("vendor_unavailable", "The video service does not respond.", { retryAfter }, {
        cause,
      });
    }
  };
}

function jsonOrNull(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
