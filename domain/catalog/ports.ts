import type { Role } from "../accounts/ports.ts";
import type { CourseProgressSummary } from "../learning/ports.ts";
import type { Money } from "../money.ts";

/** A tutor as the public sees them. `email` is empty unless the tutor publishes it. */
export type Tutor = { id: string; firstName: string; lastName: string; email: string };
export type Category = { id: string; name: string; slug: string };
/** `courseCount`: how many courses in it are on sale. */
export type CountedCategory = Category & { courseCount: number };

export type CourseLevel = "" | "beginner" | "intermediate" | "advanced";
export type CourseLanguage = "en" | "ru" | "es";

export type University = {
  id: number;
  name: string;
  description: string;
  logoKey: string | null;
  website: string;
  country: string;
  city: string;
  location: string;
  globalRank: number | null;
  countryRank: number | null;
  createdAt: Date;
  updatedAt: Date;
};

export type Course = {
  id: string;
  slug: string;
  title: string;
  description: string;
  price: Money;
  /** Key of the picture among the files; null when there is none. */
  thumbnailKey: string | null;
  category: Category | null;
  tutors: Tutor[];
  /** Empty when it was not said. */
  level: CourseLevel;
  language: CourseLanguage;
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
export type Part = PartHeading & { lessons: LessonHeading[] };
export type CourseDetail = Course & { objectives: string[]; requirements: string[]; parts: Part[] };
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
export type Range = { limit: number; offset: number };

/** Reads for the shop window. `viewerId` is null for the anonymous. Parts and lessons come in their order. */
export interface Catalogue {
  /** Courses on sale, newest first. */
  onSale(viewerId: string | null, range: Range): Promise<{ count: number; courses: CourseListing[] }>;
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
  /** By name. */
  universities(range: Range): Promise<{ count: number; universities: University[] }>;
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
  change(id: string, names: CategoryNames): Promise<CountedCategory>;
  /** False, and nothing done, when courses are in it, drafts included. */
  remove(id: string): Promise<boolean>;
}
