import type { CourseOutlook, CourseSummary } from "../catalog/ports.ts";
import type { Money } from "../money.ts";

/** The fields of a course that its tutors set. */
export type CourseFields = CourseSummary & CourseOutlook & {
  categoryId: number | null;
  /** Minor units of the course's currency. */
  priceAmount: bigint;
  /** The picture's key in the file store. */
  thumbnailKey: string;
  isPublished: boolean;
};

/** A course as its editors see it. */
export type OwnCourse = {
  id: string;
  slug: string;
  title: string;
  /** Minor units of `currency`. */
  priceAmount: bigint;
  currency: string;
  /** The picture's key in the file store. */
  thumbnailKey: string | null;
  isPublished: boolean;
  /** Permanently off sale; students who bought it keep it. */
  isArchived: boolean;
  /** Whether the caller is one of its tutors. */
  isTaught: boolean;
};

/** Slugs to try in order. If all are taken, the first one gets a random suffix. */
export type SlugWishes = string[];

/** Transliterates any script into the letters a to z, roughly by sound. */
export type Transliterate = (text: string) => Promise<string>;

/** Courses, as their editors read and change them. */
export interface Authoring {
  /** Returns a course by slug or id, and whether the caller teaches it. */
  course(slugOrId: string, callerId: string): Promise<OwnCourse | null>;
  /** Does the same under a lock: until the transaction ends nobody else changes its parts, lessons, tutors or state. */
  lockCourse(id: string, callerId: string): Promise<OwnCourse | null>;
  /** Adds a course with the given tutor only, under the first free slug. */
  addCourse(
    course:
      & { slugs: SlugWishes; tutorId: string; currency: string }
      & Partial<CourseFields>
      & Pick<CourseFields, "title">,
  ): Promise<{ id: string; slug: string }>;
  /** Changes the given fields and the time of the last change. Returns false if the course no longer exists. */
  changeCourse(id: string, change: Partial<CourseFields>): Promise<boolean>;
  /** Records that something in the course changed, at most once a minute. */
  touchCourse(id: string): Promise<void>;
  /** Returns whether anybody has bought the course, was given it, or is buying it now. */
  hasBuyers(id: string): Promise<boolean>;
  /** Takes the course off sale permanently; students who bought it keep it. */
  archiveCourse(id: string): Promise<void>;
  deleteCourse(id: string): Promise<void>;
  /** Creates a draft with the same parts, lessons and tutors, under the first free slug. */
  copyCourse(id: string, copy: { slugs: SlugWishes; title: string }): Promise<{ id: string; slug: string }>;
  /** Keeps the category from being deleted until the transaction ends. Returns false if there is none. */
  holdCategory(id: number): Promise<boolean>;
  /** Returns the data for the publishing checklist; null if the course no longer exists. */
  readiness(id: string): Promise<Readiness | null>;
}

/** The data of a course for its publishing checklist. */
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
  /** One per currency. */
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

/** The data that decides who may change a course. */
export type Ownership = Pick<OwnCourse, "isPublished" | "isTaught"> & { courseId: string };

export type Part = PartFields & { id: string; slug: string; createdAt: Date };
export type OwnPart = Part & Ownership;
export type Lesson = LessonFields & { id: string; slug: string; partId: string; createdAt: Date };
export type OwnLesson = Lesson & Ownership;

/** The parts and lessons of a course in their order, by id. */
export type Outline = { id: string; lessons: string[] }[];

/** Parts and lessons, as their editors change them. A null `order` puts an item last. */
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
  /** Returns null if it no longer exists. `partId` moves it to that part, to the end unless `order` is given. */
  changeLesson(id: string, change: Partial<LessonFields> & { partId?: string }): Promise<Lesson | null>;
  deletePart(id: string): Promise<void>;
  deleteLesson(id: string): Promise<void>;
  /** Returns the course's current parts and lessons. */
  outline(courseId: string): Promise<Outline>;
  /** Puts parts and lessons in this order. Lessons listed under another part move there. */
  arrange(outline: Outline): Promise<void>;
}

/** A tutor of a course. `sharePercent` is their share of its future earnings. */
export type CourseTutor = {
  id: string;
  firstName: string;
  lastName: string;
  /** Whether they own the course, and so invite and remove the others. */
  isOwner: boolean;
  /** False if the account is neither a tutor's nor an administrator's, or may not sign in. */
  mayTeach: boolean;
  sharePercent: number;
};

export type InvitationState = "open" | "accepted" | "declined" | "withdrawn";

/** An invitation to teach a course, for the owner of an e-mail address. */
export type Invitation = {
  id: string;
  course: { id: string; slug: string; title: string };
  email: string;
  sharePercent: number;
  /** The inviter's name. */
  invitedBy: string;
  state: InvitationState;
  createdAt: Date;
};

/** The tutors of courses. The shares of a course always add up to 100. */
export interface Teachers {
  /** The owner first. */
  ofCourse(courseId: string): Promise<CourseTutor[]>;
  /** Returns the ids of the courses that have the user as a tutor, whether or not they may teach now. */
  coursesOf(userId: string): Promise<string[]>;
  /** Returns the ids of this course's direct and indirect copies that have the user as a tutor. */
  copiesTaught(courseId: string, userId: string): Promise<string[]>;
  /** Adds a tutor last, without a share yet. Returns false if they already teach the course. */
  add(courseId: string, userId: string): Promise<boolean>;
  remove(courseId: string, userId: string): Promise<void>;
  /** Sets the shares of future sales. Past sales keep the shares of their time. */
  share(courseId: string, shares: { userId: string; percent: number }[]): Promise<void>;
}

export interface Invitations {
  /** Returns null if that address already has an open invitation to this course. */
  add(
    invitation: { courseId: string; email: string; sharePercent: number; invitedBy: string },
  ): Promise<Invitation | null>;
  find(id: string): Promise<Invitation | null>;
  /** Lists the open invitations to a course. */
  ofCourse(courseId: string): Promise<Invitation[]>;
  /** Lists the open invitations to an address. */
  to(email: string): Promise<Invitation[]>;
  /** Withdraws the open invitations that a user sent, for one course or for all (null). */
  withdrawThoseOf(userId: string, courseId: string | null): Promise<void>;
  /** Returns false if it is no longer open. */
  answer(id: string, state: Exclude<InvitationState, "open">): Promise<boolean>;
}
