import type { MiddlewareHandler } from "hono";

/** How a stand-in can misbehave: respond late or never, with 500, 429, nonsense, or a refusal of the key. */
export type Fault = "silent" | "down" | "busy" | "nonsense" | "refused";
export type FaultyService = "video" | "files" | "edge" | "errors";

const SILENCE_MS = 20_000;

/** Returns the active faults, and the number of requests to each service since the start. */
export function sandboxFaults() {
  const active = new Map<FaultyService, Fault>();
  const asked: Record<FaultyService, number> = { video: 0, files: 0, edge: 0, errors: 0 };
  const silences = new Set<() => void>();
  return {
    asked,
    set(service: FaultyService, fault: Fault | null): void {
      if (fault === null) active.delete(service);
      else active.set(service, fault);
    },
    /** Ends every silence, for a server that shuts down, which does not notice each caller that is gone. */
    endSilences(): void {
      for (const end of silences) end();
    },
    /** Responds in place of the service while one of its faults is active. */
    strike(service: FaultyService): MiddlewareHandler {
      return async (c, next) => {
        asked[service]++;
        switch (active.get(service)) {
          case "silent":
            await silence(c.req.raw.signal, silences);
            return c.text("", 504);
          case "down":
            return c.text("Something broke.", 500);
          case "busy":
            return c.text("Too many requests.", 429, { "retry-after": "30" });
          case "nonsense":
            return c.html("<h1>Welcome</h1>");
          case "refused":
            return c.json({ message: "Invalid API secret" }, 401);
          default:
            return await next();
        }
      };
    },
  };
}

/** Waits until the caller gives up, or all silences end, at most twenty seconds. */
function silence(caller: AbortSignal, silences: Set<() => void>): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      silences.delete(end);
      resolve();
    };
    const timer = setTimeout(end, SILENCE_MS);
    silences.add(end);
    caller.addEventListener("abort", end, { once: true });
  });
}

export type Faults = ReturnType<typeof sandboxFaults>;
