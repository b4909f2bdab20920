import type { MiddlewareHandler } from "hono";

/** How a stand-in can misbehave: respond late or never, with 500, 429, nonsense, or a refusal of the key. */
export type Fault = "silent" | "down" | "busy" | "nonsense" | "refused";
export type FaultyService = "video" | "files" | "edge" | "search";

const SILENCE_MS = 20_000;

/** Returns the active faults, and the number of requests to each service since the start. */
export function sandboxFaults() {
  const active = new Map<FaultyService, Fault>();
  const asked: Record<FaultyService, number> = { video: 0, files: 0, edge: 0, search: 0 };
  const silences: Record<FaultyService, Set<() => void>> = {
    video: new Set(),
    files: new Set(),
    edge: new Set(),
    search: new Set(),
  };
  return {
    asked,
    /** Changes the fault of a service, and ends what it is silent about. */
    set(service: FaultyService, fault: Fault | null): void {
      for (const end of silences[service]) end();
      if (fault === null) active.delete(service);
      else active.set(service, fault);
    },
    /** Responds in place of the service while one of its faults is active. */
    strike(service: FaultyService): MiddlewareHandler {
      return async (c, next) => {
        asked[service]++;
        switch (active.get(service)) {
          case "silent":
            await silence(c.req.raw.signal, silences[service]);
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

/** Waits until the caller gives up or `silences` is ended, at most twenty seconds. */
function silence(caller: AbortSignal, silences: Set<() => void>): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      silences.delete(end);
      resolve();
    };
    silences.add(end);
    const timer = setTimeout(end, SILENCE_MS);
    caller.addEventListener("abort", end, { once: true });
  });
}

export type Faults = ReturnType<typeof sandboxFaults>;
