import type { CourseOutlook, CourseSummary } from "../catalog/ports.ts";
import type { Money } from "../money.ts";

/** What its tutors decide about a course. */
export type CourseFields = CourseSummary & CourseOutlook & {
  categoryId: number | null;
  /** Minor units of the course's currency. */
  priceAmount: bigint;
  /** Key of the picture among the files. */
  thumbnailKey: string;
  isPublished: boolean;
};

/** A course as those who change it meet it. */
export type OwnCourse = {
  id: string;
  slug: string;
  title: string;
  /** Minor units of `currency`. */
  priceAmount: bigint;
  currency: string;
  /** Key of the picture among the files. */
  thumbnailKey: string | null;
  isPublished: boolean;
  /** Permanently off sale; students who bought it keep it. */
  isArchived: boolean;
  /** The caller is one of its tutors. */
  isTaught: boolean;
};

/** Addresses to try in turn; when all are taken, the first of them with a random end. */
export type SlugWishes = string[];

/** Writes any script in the letters a to z, roughly as it sounds. */
export type Transliterate = (text: string) => string;

/** Courses for those who make them. */
export interface Authoring {
  /** A course by slug or id, with the caller's part in it. */
  course(slugOrId: string, callerId: string): Promise<OwnCourse | null>;
  /** The same, and nobody else changes its parts, lessons, tutors or state until the transaction ends. */
  lockCourse(id: string, callerId: string): Promise<OwnCourse | null>;
  /** Adds a course whose only tutor is the given one, at the first free address. */
  addCourse(
    course:
      & { slugs: SlugWishes; tutorId: string; currency: string }
      & Partial<CourseFields>
      & Pick<CourseFields, "title">,
  ): Promise<{ id: string; slug: string }>;
  /** Changes what is given, and when it was changed. False when the course is gone. */
  changeCourse(id: string, change: Partial<CourseFields>): Promise<boolean>;
  /** Records that something in the course changed, at most once a minute. */
  touchCourse(id: string): Promise<void>;
  /** Somebody bought the course, was given it, or is buying it at this moment. */
  hasBuyers(id: string): Promise<boolean>;
  /** Takes the course off sale permanently; students who bought it keep it. */
  archiveCourse(id: string): Promise<void>;
  deleteCourse(id: string): Promise<void>;
  /** A draft with the same parts, lessons and tutors, at the first free address. */
  copyCourse(id: string, copy: { slugs: SlugWishes; title: string }): Promise<{ id: string; slug: string }>;
  /** Keeps the category from being deleted until the transaction ends; false when there is none. */
  holdCategory(id: number): Promise<boolean>;
  /** What decides whether the course is ready for students. Null when it is gone. */
  readiness(id: string): Promise<Readiness | null>;
}

/** What a course has of what students look for. */
export type Readiness = {
  title: string;
  description: string;
  hasCategory: boolean;
  hasThumbnail: boolean;
  lessonCount: number;
  /** Slugs of the lessons without a video, and without a title. */
  lessonsWithoutVideo: string[];
  lessonsWithoutTitle: string[];
  hasFreePreview: boolean;
  isFree: boolean;
  /** In every currency in which it has one. */
  prices: Money[];
  isArchived: boolean;
};

export type PartFields = { title: string; description: string; order: number };

export type LessonFields = {
  title: string;
  description: string;
  order: number;
  isFreePreview: boolean;
  videoId: string | null;
  /** Null when unknown. */
  durationSeconds: number | null;
};

/** What says who may change something of a course. */
export type Ownership = Pick<OwnCourse, "isPublished" | "isTaught"> & { courseId: string };

export type Part = PartFields & { id: string; slug: string; createdAt: Date };
export type OwnPart = Part & Ownership;
export type Lesson = LessonFields & { id: string; slug: string; partId: string; createdAt: Date };
export type OwnLesson = Lesson & Ownership;

/** The parts and lessons of a course in their order, by id. */
export type Outline = { id: string; lessons: string[] }[];

/** Parts and lessons for those who make them. `order` null means: behind the others. */
export interface Outlines {
  part(slugOrId: string, callerId: string): Promise<OwnPart | null>;
  lesson(slugOrId: string, callerId: string): Promise<OwnLesson | null>;
  addPart(
    part: Omit<PartFields, "order"> & { order: number | null; courseId: string; slugs: SlugWishes },
  ): Promise<Part>;
  addLesson(
    lesson: Omit<LessonFields, "order"> & { order: number | null; partId: string; slugs: SlugWishes },
  ): Promise<Lesson>;
  /** Null when it is gone. */
  changePart(id: string, change: Partial<PartFields>): Promise<Part | null>;
  /** Null when it is gone. With `partId` it moves there, behind the others unless `order` is given. */
  changeLesson(id: string, change: Partial<LessonFields> & { partId?: string }): Promise<Lesson | null>;
  deletePart(id: string): Promise<void>;
  deleteLesson(id: string): Promise<void>;
  /** The course's parts and lessons as they stand. */
  outline(courseId: string): Promise<Outline>;
  /** Puts parts and lessons in this order; lessons that stand in another part than before move. */
  arrange(outline: Outline): Promise<void>;
}

/** Somebody who teaches a course. `sharePercent` is what they get of its earnings from now on. */
export type CourseTutor = {
  id: string;
  firstName: string;
  lastName: string;
  /** Owns the course: invites and removes the others. */
  isOwner: boolean;
  /** False while the account is no tutor's or administrator's, or may not sign in. */
  mayTeach: boolean;
  sharePercent: number;
};

export type InvitationState = "open" | "accepted" | "declined" | "withdrawn";

/** An invitation to teach a course, to whoever has that address. */
export type Invitation = {
  id: string;
  course: { id: string; slug: string; title: string };
  email: string;
  sharePercent: number;
  /** The name of who invited. */
  invitedBy: string;
  state: InvitationState;
  createdAt: Date;
};

/** Who teaches which course. The shares of a course always add up to 100. */
export interface Teachers {
  /** The owner first. */
  ofCourse(courseId: string): Promise<CourseTutor[]>;
  /** The ids of the courses that somebody is among the tutors of, whether or not they may teach now. */
  coursesOf(userId: string): Promise<string[]>;
  /** Those of the courses that were copied from this one, or from a copy of it, that somebody is among the tutors of. */
  copiesTaught(courseId: string, userId: string): Promise<string[]>;
  /** Behind the others, without a share yet. False when they teach it already. */
  add(courseId: string, userId: string): Promise<boolean>;
  remove(courseId: string, userId: string): Promise<void>;
  /** From now on these are the shares; what was sold before stays as it was shared then. */
  share(courseId: string, shares: { userId: string; percent: number }[]): Promise<void>;
}

export interface Invitations {
  /** Null when that address has an open one for this course. */
  add(
    invitation: { courseId: string; email: string; sharePercent: number; invitedBy: string },
  ): Promise<Invitation | null>;
  find(id: string): Promise<Invitation | null>;
  /** The open ones of a course. */
  ofCourse(courseId: string): Promise<Invitation[]>;
  /** The open ones to an address. */
  to(email: string): Promise<Invitation[]>;
  /** Withdraws the open ones that somebody sent, of one course or of all (null). */
  withdrawThoseOf(userId: string, courseId: string | null): Promise<void>;
  /** False when it is no longer open. */
  answer(id: string, state: Exclude<InvitationState, "open">): Promise<boolean>;
}
