import { RateLimiterRes } from "rate-limiter-flexible";

type Window = { count: number; endsAt: number };

/**
 * A counter in the memory of this process, to be used as those of the library, whose own sets a timer for every key: with them a
 * process cannot be sure to have stopped. Windows are forgotten as others begin after they ended.
 */
export function memoryCounter(
  { points, duration }: { points: number; duration: number },
  clock: () => number = Date.now,
) {
  // All last equally long, so the first that ends is the first that began.
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
      // As the library's, which rejects with how things stand.
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
