import type { MiddlewareHandler } from "hono";

/**
 * How a stand-in can misbehave: respond late or never, with 500, 429, nonsense, or a refusal of the key; or do what it
 * is asked, and then respond with 500.
 */
export type Fault = "silent" | "down" | "busy" | "nonsense" | "refused" | "lost";
export type FaultyService =
  | "video"
  | "files"
  | "edge"
  | "search"
  | "errors"
  | "sms"
  | "alerts"
  | "support"
  | "analytics";

const SILENCE_MS = 20_000;

/** Returns the active faults, and the number of requests to each service since the start. */
export function sandboxFaults() {
  const active = new Map<FaultyService, Fault>();
  const asked: Record<FaultyService, number> = {
    video: 0,
    files: 0,
    edge: 0,
    search: 0,
    errors: 0,
    sms: 0,
    alerts: 0,
    support: 0,
    analytics: 0,
  };
  const ended = new AbortController();
  return {
    asked,
    /** Ends every silence: callers that are gone are not always noticed. */
    end: () => ended.abort(),
    set(service: FaultyService, fault: Fault | null): void {
      if (fault === null) active.delete(service);
      else active.set(service, fault);
    },
    /** Responds in place of the service while one of its faults is active. */
    strike(service: FaultyService): MiddlewareHandler {
      return async (c, next) => {
        asked[service]++;
        switch (active.get(service)) {
          case "silent":
            await silence(AbortSignal.any([c.req.raw.signal, ended.signal]));
            return c.text("", 504);
          case "down":
            return c.text("Something broke.", 500);
          case "busy":
            return c.text("Too many requests.", 429, { "retry-after": "30" });
          case "nonsense":
            return c.html("<h1>Welcome</h1>");
          case "refused":
            return c.json({ message: "Invalid API secret" }, 401);
          case "lost":
            await next();
            c.res = new Response("Something broke.", { status: 500 });
            return;
          default:
            return await next();
        }
      };
    },
  };
}

/** Waits until the caller gives up, at most twenty seconds. */
function silence(caller: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      resolve();
    };
    const timer = setTimeout(end, SILENCE_MS);
    caller.addEventListener("abort", end, { once: true });
  });
}

export type Faults = ReturnType<typeof sandboxFaults>;
