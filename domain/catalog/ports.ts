import type { Role } from "../accounts/ports.ts";
import type { CourseProgressSummary } from "../learning/ports.ts";
import type { Money } from "../money.ts";
import type { Range } from "../range.ts";

/** A tutor as the public sees them. `email` is empty unless the tutor publishes it. */
export type Tutor = {
  id: string;
  firstName: string;
  lastName: string;
  email: string;
  /** Key of the picture among the files; null when there is none. */
  avatarKey: string | null;
};
export type Category = { id: string; name: string; slug: string };
/** `courseCount`: how many courses in it are on sale. */
export type CountedCategory = Category & { courseCount: number };

export type CourseLevel = "" | "beginner" | "intermediate" | "advanced";
export type CourseLanguage = "en" | "ru" | "es";

/** What its tutors say of a course wherever it is shown. */
export type CourseSummary = {
  title: string;
  description: string;
  /** Empty when it was not said. */
  level: CourseLevel;
  language: CourseLanguage;
};
/** What they say of it besides, on its own page. */
export type CourseOutlook = { objectives: string[]; requirements: string[] };

export type Course = CourseSummary & {
  id: string;
  slug: string;
  price: Money;
  /** Key of the picture among the files; null when there is none. */
  thumbnailKey: string | null;
  category: Category | null;
  tutors: Tutor[];
  /** Of the lessons whose duration is known. */
  durationSeconds: number;
  /** Mean of all reviews, 1 to 5; null when there are none. */
  rating: number | null;
  ratingCount: number;
  studentCount: number;
  isPublished: boolean;
  /** No longer on sale; still there for those who bought it. */
  isArchived: boolean;
  /** Whether the viewer has access; false for the anonymous. */
  isEnrolled: boolean;
  /** How far the viewer is; null without access. */
  progress: CourseProgressSummary | null;
  createdAt: Date;
  updatedAt: Date;
};

export type PartHeading = { id: string; slug: string; title: string; description: string; order: number };
export type LessonHeading = {
  id: string;
  slug: string;
  title: string;
  description: string;
  order: number;
  /** Null when unknown. */
  durationSeconds: number | null;
  isFreePreview: boolean;
  /** For those who teach the course; the public is never told. */
  videoId: string | null;
  createdAt: Date;
};

export type CourseListing = Course & { parts: PartHeading[] };
export type PartWithLessons = PartHeading & { lessons: LessonHeading[] };
export type CourseDetail = Course & CourseOutlook & {
  parts: PartWithLessons[];
  /** The viewer has an order of it that waits for its payment. */
  isBeingBought: boolean;
};
export type EnrolledStudent = {
  id: string;
  email: string;
  firstName: string;
  lastName: string;
  role: Role;
  isEmailVerified: boolean;
  createdAt: Date;
  updatedAt: Date;
};
export type Enrollment = { id: string; enrolledAt: Date; student: EnrolledStudent; course: CourseListing };
/** Reads for the shop window. `viewerId` is null for the anonymous. Parts and lessons come in their order. */
export interface Catalog {
  /** Courses on sale, newest first. */
  onSale(viewerId: string | null, range: Range): Promise<{ count: number; courses: CourseListing[] }>;
  /** Those of the courses that are on sale, in the order of their ids. */
  onSaleAmong(ids: string[], viewerId: string | null): Promise<CourseListing[]>;
  /** A course by slug or id, on sale or not. */
  course(slugOrId: string, viewerId: string | null): Promise<CourseDetail | null>;
  /** The course that has the part, by the part's slug or id. */
  courseOfPart(partSlugOrId: string, viewerId: string | null): Promise<CourseDetail | null>;
  /** The courses to which the student has access now, latest enrollment first. */
  enrollments(studentId: string, range: Range): Promise<{ count: number; enrollments: Enrollment[] }>;
  /** One of the student's enrollments, while it gives access. */
  enrollment(studentId: string, id: string): Promise<Enrollment | null>;
  /** By name. */
  categories(range: Range): Promise<{ count: number; categories: CountedCategory[] }>;
  /** By slug or id. */
  category(slugOrId: string): Promise<CountedCategory | null>;
}

export type CourseOrdering = "newest" | "price" | "-price" | "rating" | "popularity" | "relevance";

export type CourseFilter = {
  /** Id or slug of a category. */
  category?: string;
  tutorId?: string;
  /** In major units of each course's currency, as are the prices that are let through. */
  priceMin?: number;
  priceMax?: number;
  isFree?: boolean;
  level?: CourseLevel;
  language?: CourseLanguage;
};

export type CourseQuery = {
  /** What was typed; null to browse. */
  search: string | null;
  filter: CourseFilter;
  /** Relevance only where something was typed. */
  ordering: CourseOrdering;
  limit: number;
  /** How many to skip, or the cursor of an earlier result to continue after (empty: from the beginning). */
  start: { offset: number } | { cursor: string };
  wantsHighlights: boolean;
  wantsFacets: boolean;
};

/** HTML in which `<mark>` shows the words found and all else is escaped. */
export type Highlights = { title: string; description: string };

type Choice<Value> = { value: Value; count: number };
/** How many courses each choice would leave, under all other filters; choices without courses are left out. */
export type CourseFacets = {
  category: (Category & { count: number })[];
  level: Choice<Exclude<CourseLevel, "">>[];
  language: Choice<CourseLanguage>[];
  isFree: Choice<boolean>[];
};

export type CoursesFound = {
  /** In all pages. */
  count: number;
  hits: { id: string; highlights?: Highlights }[];
  /** Goes on after the last hit; null when there is none, or when the query had no cursor. */
  nextCursor: string | null;
  facets?: CourseFacets;
};

/** Finds courses on sale by words and filters. Whatever is typed finds something or nothing, and is never refused. */
export interface CourseSearch {
  /** Throws DomainError `invalid_input` for a cursor that it did not give for the same ordering. */
  find(query: CourseQuery): Promise<CoursesFound>;
}

export type CategoryNames = { name: string; slug: string };

/** Changing categories, in a transaction. */
export interface Categories {
  /** Lets one transaction at a time change categories, from here to its end, so that what is found free stays free. */
  takeTurn(): Promise<void>;
  /** By slug or id. */
  find(slugOrId: string): Promise<CountedCategory | null>;
  /** Which of the two another category has already; null when both are free. */
  taken(names: CategoryNames, exceptId: string | null): Promise<keyof CategoryNames | null>;
  /** The slugs that begin like this one. */
  slugsLike(slug: string): Promise<string[]>;
  add(names: CategoryNames): Promise<CountedCategory>;
  /** Adds all of them to a shop that has none; to another nothing. Returns how many were added. */
  addFirst(categories: CategoryNames[]): Promise<number>;
  change(id: string, names: CategoryNames): Promise<CountedCategory>;
  /** False, and nothing done, when courses are in it, drafts included. */
  remove(id: string): Promise<boolean>;
}
