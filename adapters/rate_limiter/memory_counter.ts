import { RateLimiterRes } from "rate-limiter-flexible";

type Window = { count: number; endsAt: number };

/**
 * A counter in this process's memory, compatible with the library's. The library's own sets a timer for every key,
 * which can keep a process from stopping cleanly. Expired windows are removed when new ones begin.
 */
export function memoryCounter(
  { points, duration }: { points: number; duration: number },
  clock: () => number = Date.now,
) {
  // All windows have the same length, so they end in the order in which they began.
  const windows = new Map<string, Window>();

  function standing(key: string): Window | undefined {
    const window = windows.get(key);
    return window && window.endsAt > clock() ? window : undefined;
  }

  function begin(key: string): Window {
    const now = clock();
    for (const [known, { endsAt }] of windows) {
      if (endsAt > now) break;
      windows.delete(known);
    }
    const window = { count: 0, endsAt: now + duration * 1000 };
    windows.set(key, window);
    return window;
  }

  const stateOf = ({ count, endsAt }: Window) =>
    new RateLimiterRes(Math.max(0, points - count), endsAt - clock(), count, count === 1);

  return {
    get(key: string): Promise<RateLimiterRes | null> {
      const window = standing(key);
      return Promise.resolve(window ? stateOf(window) : null);
    },

    consume(key: string): Promise<RateLimiterRes> {
      const window = standing(key) ?? begin(key);
      window.count++;
      // Like the library's, which rejects with the current count.
      return window.count > points ? Promise.reject(stateOf(window)) : Promise.resolve(stateOf(window));
    },

    reward(key: string): Promise<RateLimiterRes> {
      const window = standing(key) ?? begin(key);
      window.count--;
      return Promise.resolve(stateOf(window));
    },

    delete(key: string): Promise<boolean> {
      return Promise.resolve(windows.delete(key));
    },
  };
}
