import { DomainError } from "../domain/errors.ts";
import type { Sender } from "../domain/media/ports.ts";

export type Turns = {
  /**
   * Runs the work when its turn comes and returns its result. Throws DomainError `too_many_requests` if too much work
   * of this sender is waiting, `vendor_unavailable` if too much is waiting in total.
   */
  take<Answer>(sender: Sender, work: () => Promise<Answer>): Promise<Answer>;
};

type Task = { isGone(): boolean; start(): Promise<void>; drop(): void };

/**
 * Runs one piece of work at a time and serves waiting senders in turn, one piece each: a sender of many pieces waits
 * for their own work, everybody else for at most one of those pieces. `each`, `all`: how much may wait or run, per
 * sender and in total. `detail`: the refusal's text.
 */
export function fairTurns({ each, all, detail }: { each: number; all: number; detail: string }): Turns {
  /** The waiting senders, next first, with their work. */
  const waiting = new Map<string, Task[]>();
  const counts = new Map<string, number>();
  let count = 0;
  let isBusy = false;

  async function goOn() {
    if (isBusy) return;
    isBusy = true;
    for (let next = waiting.entries().next(); !next.done; next = waiting.entries().next()) {
      const [id, tasks] = next.value;
      const task = tasks.shift()!;
      waiting.delete(id);
      if (tasks.length > 0) waiting.set(id, tasks); // to the end
      if (task.isGone()) task.drop();
      else await task.start();
      const left = counts.get(id)! - 1;
      if (left > 0) counts.set(id, left);
      else counts.delete(id);
      count--;
    }
    isBusy = false;
  }

  return {
    take({ id, isGone = () => false }, work) {
      const own = counts.get(id) ?? 0;
      if (own >= each) {
        const busy = "Much of yours is being worked on already. Send this when that is done.";
        return Promise.reject(new DomainError("too_many_requests", busy, { retryAfter: 5 }));
      }
      if (count >= all) return Promise.reject(unavailable(detail));
      counts.set(id, own + 1);
      count++;
      return new Promise((resolve, reject) => {
        const start = () => Promise.resolve().then(work).then(resolve, reject);
        const task = { isGone, start, drop: () => reject(unavailable(detail)) };
        waiting.set(id, [...waiting.get(id) ?? [], task]);
        goOn();
      });
    },
  };
}

/** Creates the refusal for something that will be available again soon. */
export const unavailable = (detail: string) =>
  new DomainError("vendor_unavailable", detail, { retryAfter: 10 });
