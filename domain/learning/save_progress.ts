import { orNotFound } from "../errors.ts";
import type { Jobs } from "../jobs.ts";
import type { Transaction } from "../transaction.ts";
import type { LessonProgress, Progress } from "./ports.ts";

/** The maximum watched time of one report, in seconds, so that a broken player cannot report years. */
const LONGEST_REPORT_SECONDS = 3600;
/** The share of a lesson after which it counts as completed; the rest is credits. */
const FINISHED = 0.9;

export type ProgressDeps = {
  progress: Progress;
  transaction: Transaction<{ progress: Progress; jobs: Jobs }>;
  /** Whether anybody is told of completed lessons. */
  reportsCompletions: boolean;
};

/**
 * Saves a student's progress in a lesson. Adds what was watched since the last report. A position in the last tenth
 * completes the lesson unless the report says whether it is completed. The caller has checked that the student may
 * watch. Throws DomainError `not_found` if the lesson no longer exists.
 */
export async function saveProgress(
  deps: ProgressDeps,
  report: {
    studentId: string;
    lesson: { id: string; durationSeconds: number | null };
    /** The player's position; undefined when it reports none. */
    positionSeconds?: number;
    /** Played since the last report. */
    watchedSeconds?: number;
    isCompleted?: boolean;
  },
): Promise<LessonProgress> {
  const { studentId, lesson } = report;
  const position = report.positionSeconds === undefined
    ? null
    : Math.min(Math.max(0, Math.round(report.positionSeconds)), lesson.durationSeconds ?? Infinity);
  const isCompleted = report.isCompleted ?? (isFinished(position, lesson.durationSeconds) ? true : null);
  const progress = {
    studentId,
    lessonId: lesson.id,
    positionSeconds: position,
    watchedSeconds: Math.min(Math.max(0, Math.round(report.watchedSeconds ?? 0)), LONGEST_REPORT_SECONDS),
    isCompleted,
  };
  const saved = isCompleted && deps.reportsCompletions
    ? await deps.transaction(async (stores) => {
      const saved = await stores.progress.save(progress);
      if (saved?.isNewlyCompleted) {
        const completed = { studentId, lessonId: lesson.id };
        await stores.jobs.add(
          { kind: "tell_support", news: { kind: "lesson_completed", ...completed } },
          { kind: "report_completion", ...completed },
        );
      }
      return saved;
    })
    : await deps.progress.save(progress);
  return orNotFound(saved, "lesson");
}

/** Returns whether a position completes the lesson. Never true for a lesson of unknown length. */
export function isFinished(positionSeconds: number | null, durationSeconds: number | null): boolean {
  return positionSeconds !== null && durationSeconds !== null && durationSeconds > 0 &&
    positionSeconds >= durationSeconds * FINISHED;
}
