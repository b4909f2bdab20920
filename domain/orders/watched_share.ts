import type { LineUse } from "./ports.ts";

/**
 * Computes how much of a course a student has watched at `now`, in percent, rounded up. It is the larger of two
 * measures, so that neither the student's player nor the course's tutor decides alone. By time: for each lesson, what
 * the player reported or, once a ticket for its video was issued, the time since then; at most its length. Lessons of
 * unknown length count as the average of the others. By lessons: the share of lessons with a ticket for the video or
 * a link to a file; one opened lesson of twenty is 5 %. If no length is known at all, lessons that the player
 * reported as watched count too. The whole is the current course or the course as sold, whichever is larger, so that
 * a tutor who shortens it after the sale cannot prevent a refund.
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
