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
  /** The picture's key in the file store; null if there is none. */
  avatarKey: string | null;
};
export type Category = { id: string; name: string; slug: string };
/** `courseCount`: how many courses in it are on sale. */
export type CountedCategory = Category & { courseCount: number };

export type CourseLevel = "" | "beginner" | "intermediate" | "advanced";
export type CourseLanguage = "en" | "ru" | "es";

/** The texts of a course that are shown everywhere. */
export type CourseSummary = {
  title: string;
  description: string;
  /** Empty if not given. */
  level: CourseLevel;
  language: CourseLanguage;
};
/** The texts of a course that are shown on its own page only. */
export type CourseOutlook = { objectives: string[]; requirements: string[] };

export type Course = CourseSummary & {
  id: string;
  slug: string;
  price: Money;
  /** The picture's key in the file store; null if there is none. */
  thumbnailKey: string | null;
  category: Category | null;
  tutors: Tutor[];
  /** The sum over the lessons whose duration is known. */
  durationSeconds: number;
  /** The mean of all reviews, 1 to 5; null if there are none. */
  rating: number | null;
  ratingCount: number;
  studentCount: number;
  isPublished: boolean;
  /** Whether it is permanently off sale; students who bought it keep it. */
  isArchived: boolean;
  /** Whether the viewer has access; false for anonymous viewers. */
  isEnrolled: boolean;
  /** The viewer's progress; null without access. */
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
  /** For the course's tutors; never shown to the public. */
  videoId: string | null;
  createdAt: Date;
};

export type CourseListing = Course & { parts: PartHeading[] };
export type PartWithLessons = PartHeading & { lessons: LessonHeading[] };
export type CourseDetail = Course & CourseOutlook & {
  parts: PartWithLessons[];
  /** Whether the viewer has an unpaid order for it. */
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
/** Reads of the public catalog. `viewerId` is null for anonymous viewers. Parts and lessons are in their order. */
export interface Catalog {
  /** Courses on sale, newest first. */
  onSale(viewerId: string | null, range: Range): Promise<{ count: number; courses: CourseListing[] }>;
  /** Returns those of the courses that are on sale, in the order of the given ids. */
  onSaleAmong(ids: string[], viewerId: string | null): Promise<CourseListing[]>;
  /** A course by slug or id, on sale or not. */
  course(slugOrId: string, viewerId: string | null): Promise<CourseDetail | null>;
  /** Returns the course of a part, by the part's slug or id. */
  courseOfPart(partSlugOrId: string, viewerId: string | null): Promise<CourseDetail | null>;
  /** The courses to which the student has access now, latest enrollment first. */
  enrollments(studentId: string, range: Range): Promise<{ count: number; enrollments: Enrollment[] }>;
  /** Returns one of the student's enrollments that gives access now. */
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
  /** In major units of each course's currency. */
  priceMin?: number;
  priceMax?: number;
  isFree?: boolean;
  level?: CourseLevel;
  language?: CourseLanguage;
};

export type CourseQuery = {
  /** The typed search; null to browse. */
  search: string | null;
  filter: CourseFilter;
  /** Relevance applies only to a typed search. */
  ordering: CourseOrdering;
  limit: number;
  /** How many to skip, or the cursor of an earlier result to continue after (empty: from the beginning). */
  start: { offset: number } | { cursor: string };
  wantsHighlights: boolean;
  wantsFacets: boolean;
};

/** HTML in which `<mark>` marks the words found and everything else is escaped. */
export type Highlights = { title: string; description: string };

type Choice<Value> = { value: Value; count: number };
/** The number of courses for each choice, given all other filters. Choices without courses are left out. */
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
  /** Continues after the last hit; null if there are no more, or if the query had no cursor. */
  nextCursor: string | null;
  facets?: CourseFacets;
};

/** Finds courses on sale by words and filters. No search text is ever refused. */
export interface CourseSearch {
  /** Throws DomainError `invalid_input` for a cursor that was not issued for the same ordering. */
  find(query: CourseQuery): Promise<CoursesFound>;
}

export type CategoryNames = { name: string; slug: string };

/** Changes to categories, in a transaction. */
export interface Categories {
  /** Serialises changes to categories until the transaction ends, so that a name found free stays free. */
  takeTurn(): Promise<void>;
  /** By slug or id. */
  find(slugOrId: string): Promise<CountedCategory | null>;
  /** Returns which of the two another category already has; null if both are free. */
  taken(names: CategoryNames, exceptId: string | null): Promise<keyof CategoryNames | null>;
  /** Returns the slugs that begin with this one. */
  slugsLike(slug: string): Promise<string[]>;
  add(names: CategoryNames): Promise<CountedCategory>;
  /** Adds the categories if the shop has none. Returns how many were added. */
  addFirst(categories: CategoryNames[]): Promise<number>;
  change(id: string, names: CategoryNames): Promise<CountedCategory>;
  /** Returns false and removes nothing if the category has courses, including drafts. */
  remove(id: string): Promise<boolean>;
}

/** A claim on a tag that is to be purged. */
export type StaleTag = { id: string; tag: string };

/** The tags that changes have made stale. Triggers note them in the transaction of the change. */
export interface StaleTags {
  /** Claims tags that are due, the oldest first, for `leaseSeconds`; other processes leave them alone meanwhile. */
  claim(limit: { tags: number; leaseSeconds: number }): Promise<StaleTag[]>;
  /** Keeps tags that were purged for the first time, to be due again after `seconds`, and deletes the others. */
  purged(claims: StaleTag[], again: { seconds: number }): Promise<void>;
  /**
   * Makes claimed tags due after `seconds`; by default after 1 s, 2 s, 4 s …, at most a minute, with each failure.
   * Deletes those noted more than an hour ago.
   */
  postpone(claims: StaleTag[], seconds?: number): Promise<void>;
}

/**
 * The caches between readers and this shop. Throws DomainError `vendor_unavailable` if one of them does not purge, with
 * `retryAfter` if that said when it will. Repeating a purge is harmless.
 */
export interface Edge {
  /** Forgets every response with one of these tags. */
  purge(tags: string[]): Promise<void>;
  /** Forgets public files that were removed, by their keys in the file store. */
  purgeFiles(keys: string[]): Promise<void>;
}

/** A course as a search engine keeps it. `fields` is null for one that is not on sale. */
export type SearchEntry = { id: string; fields: Record<string, unknown> | null };

/** Entries that were read together. Of two readings, the later one has the higher version. */
export type SearchEntries = { version: bigint; entries: SearchEntry[] };

/** A claim on changes. `indexes`: those to tell; `lapsed`: those that missed changes, because nobody claimed any. */
export type SearchChanges = SearchEntries & { claims: string[]; indexes: string[]; lapsed: string[] };

/** The indexes of courses in a search engine, by name, and the changes that they have not been told of. */
export interface SearchIndexes {
  /** Claims changes that are due, for `leaseSeconds`; other processes leave them alone meanwhile. */
  claim(limit: { changes: number; leaseSeconds: number }): Promise<SearchChanges>;
  /** Deletes claimed changes. */
  told(claims: string[]): Promise<void>;
  /** Makes claimed changes due after `seconds`; by default after 1 s, 2 s, 4 s …, at most a minute, with each failure. */
  postpone(claims: string[], seconds?: number): Promise<void>;
  /** Adds an index that is to be made, and returns its name, which begins with the given one. */
  begin(name: string): Promise<string>;
  /**
   * From now on notes changes for the index. Resolves when every transaction that began earlier has ended, so that what
   * is read afterwards has its changes. Throws DomainError `vendor_unavailable` if one does not end within a minute.
   */
  open(index: string): Promise<void>;
  countOnSale(): Promise<number>;
  /** Reads the entries of courses on sale, by id, after the given one. */
  page(range: { after: string | null; limit: number }): Promise<SearchEntries>;
  /** Notes that the index has every course. */
  filled(index: string): Promise<void>;
  /** The names of all indexes, the latest first, with whether each is filled. */
  all(): Promise<{ name: string; isFilled: boolean }[]>;
  /** Forgets indexes, and all changes if none is left. */
  forget(indexes: string[]): Promise<void>;
}

/**
 * A search engine beside the database. Throws DomainError `vendor_unavailable` if it does not do what it is asked, with
 * `retryAfter` if it said when it will. Repeating anything is harmless.
 */
export interface SearchEngine {
  /** The name under which courses are searched; it leads to one index. */
  readonly name: string;
  /** Makes an empty index. */
  create(index: string): Promise<void>;
  /**
   * Puts entries into each of the indexes, and removes those of courses that are not on sale, except where an index has
   * a higher version of one. Returns the indexes that do not exist.
   */
  put(indexes: string[], entries: SearchEntries): Promise<string[]>;
  /** Makes an index the one that is searched, at once for everybody. Returns false if it does not exist. */
  use(index: string): Promise<boolean>;
  /** The indexes that exist, with whether each is searched. */
  existing(): Promise<{ name: string; isUsed: boolean }[]>;
  remove(indexes: string[]): Promise<void>;
}
