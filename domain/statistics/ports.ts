import type { Money } from "../money.ts";
import type { Range } from "../range.ts";

/** One month, UTC, as `2026-11`. */
export type MonthlyFigures = { month: string; earnings: Money; students: number };

/** How a tutor's courses do. Earnings are the tutor's own share, without what was discounted and refunded. */
export type TutorStatistics = {
  /** In the currency that most was sold in. */
  earnings: Money;
  /** In each other currency. */
  otherEarnings: Money[];
  /** Different people who have access to one of the courses now. */
  activeStudents: number;
  publishedCourses: number;
  draftCourses: number;
  /** Mean of all reviews; null when there are none. */
  averageRating: number | null;
  reviews: number;
  /** In the last 30 days. */
  recentEnrollments: number;
  /** The last twelve months, oldest first. */
  months: MonthlyFigures[];
  /** The courses, the one that earned most first; at most 100. */
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

/** How far students came with a lesson. Counts students who are or were enrolled, and nobody else. */
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
  /** Who have access now. */
  activeStudents: number;
  /** Who began at least one lesson, and who completed them all. */
  startedStudents: number;
  completedStudents: number;
  watchedSeconds: number;
  /** What all tutors together earned, in the course's currency. */
  earnings: Money;
  comments: number;
  rating: number | null;
  /** Visible reviews by stars: one star first. */
  stars: [number, number, number, number, number];
  /** In the course's order. */
  lessons: LessonFigures[];
};

export interface Statistics {
  /** In one query, as all of these. */
  ofTutor(tutorId: string): Promise<TutorStatistics>;
  /** The courses that one teaches and that are not archived, the one changed last first. */
  coursesOf(
    tutorId: string,
    range: Range,
  ): Promise<{ count: number; courses: TutorCourse[] }>;
  ofCourse(courseId: string): Promise<CourseStatistics>;
}
