import type { Money } from "../money.ts";

/** A tutor as the public sees them. `email` is empty unless the tutor publishes it. */
export type Tutor = { id: string; firstName: string; lastName: string; email: string };
export type Category = { id: string; name: string; slug: string };

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
  isPublished: boolean;
  /** Whether the viewer has access; false for the anonymous. */
  isEnrolled: boolean;
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
export type CourseDetail = Course & { parts: (PartHeading & { lessons: LessonHeading[] })[] };
export type Enrollment = { id: string; enrolledAt: Date; course: CourseListing };
export type Range = { limit: number; offset: number };

/** Reads for the shop window. `viewerId` is null for the anonymous. Parts and lessons come in their order. */
export interface Catalogue {
  /** Published courses, newest first. */
  published(viewerId: string | null, range: Range): Promise<{ count: number; courses: CourseListing[] }>;
  /** A course by slug or id, published or not. */
  course(slugOrId: string, viewerId: string | null): Promise<CourseDetail | null>;
  /** The courses to which the student has access now, latest enrollment first. */
  enrollments(studentId: string, range: Range): Promise<{ count: number; enrollments: Enrollment[] }>;
  categories(): Promise<Category[]>;
  /** By name. */
  universities(range: Range): Promise<{ count: number; universities: University[] }>;
}
