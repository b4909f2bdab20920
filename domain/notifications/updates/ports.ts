import type { Range } from "../../range.ts";

export type CourseUpdate = { id: string; title: string; text: string; author: string; createdAt: Date };

export interface CourseUpdates {
  /**
   * Returns whether the person teaches the course, and whether they can watch it now; null if there is no such
   * course.
   */
  reader(
    slugOrId: string,
    userId: string,
  ): Promise<{ courseId: string; teaches: boolean; hasAccess: boolean } | null>;
  add(update: { courseId: string; authorId: string; title: string; text: string }): Promise<CourseUpdate>;
  /** Newest first. */
  list(courseId: string, range: Range): Promise<{ count: number; updates: CourseUpdate[] }>;
  /**
   * Returns the next people, at most `limit`, who have access to the update's course and whose mail is not in the
   * outbox; empty if there are no more. To be used in a transaction: locks the update and records that they are done.
   */
  nextReaders(updateId: string, limit: number): Promise<string[]>;
}
