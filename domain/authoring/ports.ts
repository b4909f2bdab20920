export type Level = "" | "beginner" | "intermediate" | "advanced";

/** What its tutors decide about a course. */
export type CourseFields = {
  title: string;
  description: string;
  categoryId: number | null;
  /** Minor units of the course's currency. */
  priceAmount: bigint;
  /** Key of the picture among the files. */
  thumbnailKey: string;
  isPublished: boolean;
  level: Level;
  language: "en" | "ru" | "es";
  objectives: string[];
  requirements: string[];
};

/** A course as those who change it meet it. */
export type OwnCourse = {
  id: string;
  slug: string;
  title: string;
  currency: string;
  isPublished: boolean;
  /** Taken off sale for good, and kept for those who bought it. */
  isArchived: boolean;
  /** The caller is one of its tutors. */
  isTaught: boolean;
};

/** Courses for those who make them. */
export interface Authoring {
  /** A course by slug or id, with the caller's part in it. */
  course(slugOrId: string, callerId: string): Promise<OwnCourse | null>;
  /** Changes what is given, and when it was changed. False when there is no such course or category (any more). */
  changeCourse(id: string, change: Partial<CourseFields>): Promise<boolean>;
  /** Keeps the category from being deleted until the transaction ends; false when there is none. */
  holdCategory(id: number): Promise<boolean>;
}
