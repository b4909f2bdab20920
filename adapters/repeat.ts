/**
 * Repeats rounds of work: immediately while a round finds something to do, after `pauseMs` if it found nothing or
 * failed.
 */
export function repeat(
  round: () => Promise<number>,
  { pauseMs, onError }: { pauseMs: number; onError(error: unknown): void },
): { stop(timeoutMs: number): Promise<void> } {
  let stopping = false;
  let wake = () => {};
  const pause = () =>
    new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, pauseMs);
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });

  async function run() {
    while (!stopping) {
      const found = await round().catch((error) => {
        onError(error);
        return 0;
      });
      if (found === 0 && !stopping) await pause();
    }
  }
  const running = run();
  return {
    /** Starts no further round, and waits up to `timeoutMs` for the current one. */
    async stop(timeoutMs) {
      stopping = true;
      wake();
      let timer: ReturnType<typeof setTimeout> | undefined;
      await Promise.race([running, new Promise((resolve) => timer = setTimeout(resolve, timeoutMs))]);
      clearTimeout(timer);
    },
  };
}
