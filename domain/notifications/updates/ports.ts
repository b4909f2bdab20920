import type { Range } from "../../range.ts";

export type CourseUpdate = { id: string; title: string; text: string; author: string; createdAt: Date };

export interface CourseUpdates {
  /** Whether the person teaches the course, and whether they can watch it now; null when there is no such course. */
  reader(
    slugOrId: string,
    userId: string,
  ): Promise<{ courseId: string; teaches: boolean; hasAccess: boolean } | null>;
  add(update: { courseId: string; authorId: string; title: string; text: string }): Promise<CourseUpdate>;
  /** Newest first. */
  list(courseId: string, range: Range): Promise<{ count: number; updates: CourseUpdate[] }>;
  /**
   * The next people, at most `limit`, who have access to the update's course and whose mail is not in the outbox; empty
   * when all are. In a transaction: it holds the update and moves its mark past them.
   */
  nextReaders(updateId: string, limit: number): Promise<string[]>;
}
