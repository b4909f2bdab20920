import type { MiddlewareHandler } from "hono";

/** How a stand-in can misbehave: answer nothing for long, answer 500, answer what nobody understands, refuse the key. */
export type Fault = "silent" | "down" | "nonsense" | "refused";
export type FaultyService = "video" | "files";

const SILENCE_MS = 20_000;

/** The faults that are switched on, and how many requests each service was asked since it started. */
export function sandboxFaults() {
  const active = new Map<FaultyService, Fault>();
  const asked: Record<FaultyService, number> = { video: 0, files: 0 };
  return {
    asked,
    set(service: FaultyService, fault: Fault | null): void {
      if (fault === null) active.delete(service);
      else active.set(service, fault);
    },
    /** Answers in the service's stead while a fault of its is on. */
    strike(service: FaultyService): MiddlewareHandler {
      return async (c, next) => {
        asked[service]++;
        switch (active.get(service)) {
          case "silent":
            await silence(c.req.raw.signal);
            return c.text("", 504);
          case "down":
            return c.text("Something broke.", 500);
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

/** Waits until the caller has had enough, or for twenty seconds. */
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
