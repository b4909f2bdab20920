import assert from "node:assert/strict";
import { DomainError } from "../../../domain/errors.ts";
import { percentCompleted } from "../../../domain/learning/course_progress.ts";
import type { Progress } from "../../../domain/learning/ports.ts";
import { isFinished, saveProgress } from "../../../domain/learning/save_progress.ts";

for (
  const [position, duration, finished] of [
    [90, 100, true],
    [89, 100, false],
    [100, 100, true],
    [null, 100, false],
    [50, null, false],
    [0, 0, false],
  ] as const
) {
  Deno.test(`a position of ${position} in a lesson of ${duration} seconds ${finished ? "completes it" : "does not complete it"}`, () => {
    assert.equal(isFinished(position, duration), finished);
  });
}

/** What the store is told when progress is reported. */
async function reported(report: Partial<Parameters<typeof saveProgress>[1]>, exists = true) {
  type Saved = Parameters<Progress["save"]>[0];
  let seen: Saved | null = null;
  const progress: Pick<Progress, "save"> = {
    save(saved) {
      seen = saved;
      return Promise.resolve(
        exists
          ? {
            lessonId: "l",
            positionSeconds: 0,
            watchedSeconds: 0,
            completedAt: null,
            updatedAt: new Date(0),
            isNewlyCompleted: false,
          }
          : null,
      );
    },
  };
  const lesson = { id: "l", durationSeconds: 100 };
  const deps = {
    progress: progress as Progress,
    transaction: () => Promise.reject(new Error("none is needed while nobody is told")),
    reportsCompletions: false,
  };
  await saveProgress(deps, { studentId: "s", lesson, ...report });
  const { studentId: _, lessonId: __, ...told } = seen!;
  return told;
}

Deno.test("a report is rounded and kept within the lesson and within an hour of watching", async () => {
  assert.deepEqual(await reported({ positionSeconds: 12.4, watchedSeconds: 9.6 }), {
    positionSeconds: 12,
    watchedSeconds: 10,
    isCompleted: null,
  });
  assert.deepEqual(await reported({ positionSeconds: 500, watchedSeconds: 1e9 }), {
    positionSeconds: 100,
    watchedSeconds: 3600,
    isCompleted: true,
  });
  assert.deepEqual(await reported({ positionSeconds: -3, watchedSeconds: -3 }), {
    positionSeconds: 0,
    watchedSeconds: 0,
    isCompleted: null,
  });
});

Deno.test("a report without a position keeps the position, and one that sets whether the lesson is completed is believed", async () => {
  assert.deepEqual(await reported({}), { positionSeconds: null, watchedSeconds: 0, isCompleted: null });
  assert.deepEqual(await reported({ positionSeconds: 99, isCompleted: false }), {
    positionSeconds: 99,
    watchedSeconds: 0,
    isCompleted: false,
  });
});

Deno.test("progress in a lesson that no longer exists is refused", async () => {
  await assert.rejects(
    reported({}, false),
    (error) => error instanceof DomainError && error.code === "not_found",
  );
});

Deno.test("a course counts as completed only when every lesson is", () => {
  assert.equal(percentCompleted({ completedLessons: 0, totalLessons: 0 }), 0);
  assert.equal(percentCompleted({ completedLessons: 1, totalLessons: 3 }), 33);
  assert.equal(percentCompleted({ completedLessons: 199, totalLessons: 200 }), 99);
  assert.equal(percentCompleted({ completedLessons: 3, totalLessons: 3 }), 100);
});
