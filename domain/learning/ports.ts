import type { Range } from "../range.ts";

/** A student's progress in a lesson. */
export type LessonProgress = {
  lessonId: string;
  /** Where to resume. */
  positionSeconds: number;
  /** The total time played, including repetitions. */
  watchedSeconds: number;
  completedAt: Date | null;
  updatedAt: Date;
};

/** A student's progress in a course. */
export type CourseProgressSummary = {
  completedLessons: number;
  totalLessons: number;
  /**
   * Where to continue: the last watched lesson, or the next one that is not completed; null if all are completed, or
   * there are none.
   */
  next: { id: string; slug: string; title: string; positionSeconds: number } | null;
};

export type CourseProgress = CourseProgressSummary & {
  /** The lessons that were started, in the course's order. */
  lessons: (LessonProgress & { slug: string })[];
};

export interface Progress {
  /**
   * Moves the position, adds to the watched time, and marks the lesson as completed (true), not completed (false) or
   * leaves that unchanged (null). A lesson completed again keeps its first date. `isNewlyCompleted`: it was not completed
   * before. Returns null if the lesson no longer exists.
   */
  save(report: {
    studentId: string;
    lessonId: string;
    positionSeconds: number | null;
    watchedSeconds: number;
    isCompleted: boolean | null;
  }): Promise<(LessonProgress & { isNewlyCompleted: boolean }) | null>;
  /** Null if the student has not started the lesson. */
  ofLesson(studentId: string, lessonId: string): Promise<LessonProgress | null>;
  ofCourse(studentId: string, courseId: string): Promise<CourseProgress>;
}

/** An author, as other students see them. */
export type Author = { id: string; firstName: string; lastName: string };

export type Comment = {
  id: string;
  lessonId: string;
  parentId: string | null;
  /** Empty if it is hidden or deleted. */
  content: string;
  author: Author;
  /** Whether its author teaches the course. */
  isByTutor: boolean;
  isHidden: boolean;
  isDeleted: boolean;
  createdAt: Date;
  updatedAt: Date;
};

export type CommentThread = Comment & { replies: Comment[] };

export interface Comments {
  /** Newest threads first, their replies oldest first. Threads without any readable comment are left out. */
  threads(
    lessonId: string,
    range: Range,
    showsHidden: boolean,
  ): Promise<{ count: number; threads: CommentThread[] }>;
  /** Lists an author's comments that are not deleted, newest first. */
  by(authorId: string, range: Range): Promise<{ count: number; comments: Comment[] }>;
  find(id: string): Promise<Comment | null>;
  /**
   * Adds a comment; a reply to a reply joins the same thread. Returns null if the lesson, or the comment that it
   * replies to, no longer exists or belongs to another lesson.
   */
  add(
    comment: { lessonId: string; authorId: string; parentId: string | null; content: string },
  ): Promise<Comment | null>;
  /** Returns null if it no longer exists or is deleted. */
  change(id: string, content: string): Promise<Comment | null>;
  /** Clears its text permanently. */
  delete(id: string): Promise<void>;
  /** Hides it from everybody except moderators, or shows it again (null). */
  hide(id: string, by: string | null): Promise<Comment | null>;
}

export type Review = {
  id: string;
  courseId: string;
  /** Stars, 1 to 5. */
  rating: number;
  content: string;
  author: Author;
  isHidden: boolean;
  createdAt: Date;
  updatedAt: Date;
};

/** Reviews. Every change updates the course's rating in the same transaction. */
export interface Reviews {
  /**
   * Lists the reviews of a course, newest first, with the viewer's own at the top, even if hidden. Other hidden
   * reviews are listed for moderators only.
   */
  ofCourse(
    courseId: string,
    viewerId: string | null,
    range: Range,
    showsHidden: boolean,
  ): Promise<{ count: number; reviews: Review[] }>;
  find(id: string): Promise<Review | null>;
  /**
   * What qualifies a student to review the course. `paid`: access came from a payment or an administrator.
   * `isVerified`: their e-mail address is verified. `hasOpened`: they opened a lesson.
   */
  standing(
    courseId: string,
    studentId: string,
  ): Promise<{ paid: boolean; isVerified: boolean; hasOpened: boolean }>;
  /** Returns null if the student has already written one, also in a concurrent request. */
  add(
    review: { courseId: string; studentId: string; rating: number; content: string },
  ): Promise<Review | null>;
  change(id: string, change: { rating?: number; content?: string }): Promise<Review | null>;
  delete(id: string): Promise<void>;
  hide(id: string, by: string | null): Promise<Review | null>;
}
