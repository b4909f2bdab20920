import type { LineUse } from "./ports.ts";

/**
 * How much of a course a student has watched at `now`, in percent, rounded up: the larger of two measures, neither of which the
 * student's player or the course's tutor decides alone.
 *
 * By time: of each lesson what the player told, or, once a ticket for its video was issued, the time that has passed
 * since; at most its length. Lessons of unknown length count as long as the others on average.
 * By lessons: those for whose video a ticket, or for whose files a link was issued, of all; so one lesson of twenty that was
 * opened is 5 %. Where no length is known at all, also those of which the player told that they were watched.
 *
 * The whole is the course as it is or as it was sold, whichever is more: what a tutor shortens or removes after the sale takes
 * no refund away.
 */
export function watchedPercent({ lessons, soldLessons, soldSeconds }: LineUse, now: Date): number {
  const known = lessons.flatMap(({ lengthSeconds }) => lengthSeconds ?? []);
  const knownSeconds = total(known);
  const average = known.length === 0 ? 0 : knownSeconds / known.length;
  const watched = total(lessons.map(({ lengthSeconds, watchedSeconds, ticketAt }) => {
    const passed = ticketAt === null ? 0 : (now.getTime() - ticketAt.getTime()) / 1000;
    return Math.min(lengthSeconds ?? average, Math.max(watchedSeconds, passed));
  }));
  const opened =
    lessons.filter(({ isOpened, watchedSeconds }) => isOpened || (known.length === 0 && watchedSeconds > 0))
      .length;
  const wholeSeconds = knownSeconds + average * (lessons.length - known.length);
  return Math.max(
    percent(watched, Math.max(wholeSeconds, soldSeconds)),
    percent(opened, Math.max(lessons.length, soldLessons)),
  );
}

const percent = (part: number, whole: number) =>
  whole === 0 ? 0 : Math.min(100, Math.max(0, Math.ceil(100 * part / whole)));

const total = (numbers: number[]) => numbers.reduce((sum, number) => sum + number, 0);
