import type { Money } from "../money.ts";
import type { Range } from "../range.ts";

/** One month, UTC, as `2026-11`. */
export type MonthlyFigures = { month: string; earnings: Money; students: number };

/** Figures on a tutor's courses. Earnings are the tutor's own share, after discounts and refunds. */
export type TutorStatistics = {
  /** In the currency with the most sales. */
  earnings: Money;
  /** In each other currency. */
  otherEarnings: Money[];
  /** Different people who have access to one of the courses now. */
  activeStudents: number;
  publishedCourses: number;
  draftCourses: number;
  /** The mean of all reviews; null if there are none. */
  averageRating: number | null;
  reviews: number;
  /** In the last 30 days. */
  recentEnrollments: number;
  /** The last twelve months, oldest first. */
  months: MonthlyFigures[];
  /** The courses, by earnings, highest first; at most 100. */
  courses: {
    id: string;
    slug: string;
    title: string;
    students: number;
    rating: number | null;
    earnings: Money;
  }[];
};

/** One of a tutor's courses with its figures. */
export type TutorCourse = {
  id: string;
  slug: string;
  title: string;
  description: string;
  thumbnailKey: string | null;
  price: Money;
  isPublished: boolean;
  updatedAt: Date;
  students: number;
  lessons: number;
  reviews: number;
  rating: number | null;
  /** The tutor's own share, in the course's currency. */
  earnings: Money;
};

/** Students' progress in a lesson. Counts only students who are or were enrolled. */
export type LessonFigures = {
  id: string;
  slug: string;
  title: string;
  part: string;
  started: number;
  completed: number;
  watchedSeconds: number;
};

export type CourseStatistics = {
  students: number;
  /** Students who have access now. */
  activeStudents: number;
  /** Students who started at least one lesson, and those who completed all. */
  startedStudents: number;
  completedStudents: number;
  watchedSeconds: number;
  /** The earnings of all tutors together, in the course's currency. */
  earnings: Money;
  comments: number;
  rating: number | null;
  /** Visible reviews by stars: one star first. */
  stars: [number, number, number, number, number];
  /** In the course's order. */
  lessons: LessonFigures[];
};

export interface Statistics {
  /** Takes one query, like all of these methods. */
  ofTutor(tutorId: string): Promise<TutorStatistics>;
  /** Lists the courses that a tutor teaches and that are not archived, last changed first. */
  coursesOf(
    tutorId: string,
    range: Range,
  ): Promise<{ count: number; courses: TutorCourse[] }>;
  ofCourse(courseId: string): Promise<CourseStatistics>;
}
