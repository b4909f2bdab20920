import assert from "node:assert/strict";
import fc from "fast-check";
import type { LessonUse, LineUse } from "../../../domain/orders/ports.ts";
import { watchedPercent } from "../../../domain/orders/watched_share.ts";

const NOW = new Date("2026-03-15T12:00:00Z");
const ago = (seconds: number) => new Date(NOW.getTime() - seconds * 1000);

const unseen: LessonUse = { lengthSeconds: 600, watchedSeconds: 0, ticketAt: null, isOpened: false };
const opened = (seconds: number): LessonUse => ({ ...unseen, ticketAt: ago(seconds), isOpened: true });

function watched(lessons: LessonUse[], sold: Partial<LineUse> = {}): number {
  return watchedPercent(
    { lineId: "line", lessons, soldLessons: 0, soldSeconds: 0, accessEndsAt: null, ...sold },
    NOW,
  );
}
const others = (count: number, lesson = unseen) => Array.from({ length: count }, () => lesson);

for (
  const [what, percent, lessons, sold] of [
    ["nothing of a course without lessons", 0, []],
    ["nothing of which nothing was opened", 0, others(4)],
    ["what the player told", 5, [{ ...unseen, watchedSeconds: 60 }, unseen]],
    ["all that was opened, though the player told nothing", 100, others(4, opened(1))],
    ["one lesson of twenty that was opened just now", 5, [opened(1), ...others(19)]],
    ["a file that was downloaded, as a lesson that was opened", 25, [
      { ...unseen, isOpened: true },
      ...others(3),
    ]],
    ["the time that has passed since the long lesson was opened", 75, [
      { ...opened(3600), lengthSeconds: 1800 },
      ...others(1),
    ]],
    ["no more than has passed since", 50, [{ ...opened(60), lengthSeconds: 6000 }, ...others(1)]],
    ["the larger of the two", 50, [
      { ...opened(60), watchedSeconds: 600 },
      ...others(3),
      ...others(2, opened(1)),
    ]],
    ["lessons of unknown length as long as the others", 10, [
      { ...unseen, watchedSeconds: 600 },
      ...others(9, { ...unseen, lengthSeconds: null }),
    ]],
    ["lessons, where no length is known", 30, [
      ...others(3, { ...unseen, lengthSeconds: null, watchedSeconds: 1 }),
      ...others(7, { ...unseen, lengthSeconds: null }),
    ]],
    ["the course as it was sold, when lessons were made shorter", 5, [
      { ...unseen, lengthSeconds: 60, watchedSeconds: 60 },
      { ...unseen, lengthSeconds: 1 },
    ], { soldSeconds: 1200, soldLessons: 2 }],
    ["the course as it was sold, when lessons were removed", 5, [opened(1)], {
      soldSeconds: 12_000,
      soldLessons: 20,
    }],
    ["the course as it is, when lessons were added", 50, [opened(1), unseen], {
      soldLessons: 1,
      soldSeconds: 600,
    }],
  ] as [string, number, LessonUse[], Partial<LineUse>?][]
) {
  Deno.test(`a student has watched ${percent} % by ${what}`, () => {
    assert.equal(watched(lessons, sold), percent);
  });
}

const lesson: fc.Arbitrary<LessonUse> = fc.record({
  lengthSeconds: fc.option(fc.integer({ min: 1, max: 9000 })),
  watchedSeconds: fc.nat(10_000),
  ticket: fc.option(fc.nat(20_000)),
  file: fc.boolean(),
}).map(({ ticket, file, ...use }) => ({
  ...use,
  ticketAt: ticket === null ? null : ago(ticket),
  isOpened: file || ticket !== null,
}));

Deno.test("shortening or removing lessons after the sale never increases the watched share", () => {
  fc.assert(fc.property(
    fc.array(fc.tuple(lesson, fc.integer({ min: 0, max: 100 })), { minLength: 1, maxLength: 12 }),
    (drawn) => {
      const before = drawn.map(([use]) => use);
      const known = before.flatMap(({ lengthSeconds }) => lengthSeconds ?? []);
      const average = known.length === 0 ? 0 : known.reduce((a, b) => a + b, 0) / known.length;
      const sold = { soldLessons: before.length, soldSeconds: Math.round(average * before.length) };
      // A removed lesson stays known when it was used, and a lesson keeps a length of its own.
      const after = drawn.filter(([use, cut]) => cut > 10 || use.isOpened || use.watchedSeconds > 0).map((
        [use, cut],
      ) => ({
        ...use,
        lengthSeconds: use.lengthSeconds === null
          ? null
          : Math.max(1, Math.floor(use.lengthSeconds * cut / 100)),
      }));
      assert.ok(watched(after, sold) <= watched(before, sold) + 1, JSON.stringify({ before, after }));
    },
  ));
});
