// What Deno Deploy adds to a process, as a module that is loaded before it: a cron that ticks as Deploy's does, only faster, and
// refuses what Deploy would not find.

/** Deploy's minute. */
const TICK_MS = 500;

let serves = false;
const { serve } = Deno;
Object.defineProperty(Deno, "serve", {
  value: (...args: Parameters<typeof serve>) => {
    serves = true;
    return serve(...args);
  },
});

Object.defineProperty(Deno, "cron", {
  value: (name: string, schedule: string, handler: () => Promise<void>): Promise<void> => {
    if (serves) {
      throw new Error(`The cron "${name}" is registered after serving began: Deploy does not find it.`);
    }
    console.log(JSON.stringify({ message: "cron registered", name, schedule }));
    let isWorking = false;
    setInterval(async () => {
      if (isWorking) return; // a run that is due while one is under way is skipped
      isWorking = true;
      await handler().catch((error) =>
        console.log(JSON.stringify({ message: "cron failed", error: String(error) }))
      );
      console.log(JSON.stringify({ message: "cron ran" }));
      isWorking = false;
    }, TICK_MS);
    return new Promise(() => {});
  },
});
