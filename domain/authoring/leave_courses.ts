import type { Jobs } from "../jobs.ts";
import type { Attachments, VideoLibrary } from "../media/ports.ts";
import type { Promotions } from "../promotions/ports.ts";
import type { Authoring, Invitations, Teachers } from "./ports.ts";
import { sharesWith } from "./shares.ts";

/** The stores of everything that may depend on a person's being a tutor. */
export type AuthorshipStores = {
  authoring: Authoring;
  teachers: Teachers;
  invitations: Invitations;
  promotions: Promotions;
  videoLibrary: VideoLibrary;
  attachments: Attachments;
  jobs: Jobs;
};

/**
 * Removes a tutor from a course, and from its copies unless they own the copy. What depended on their teaching it
 * ends (codes, invitations, pending uploads) or stays with the course and its owner (videos, share of the earnings).
 * The course must be locked and have another tutor.
 */
export async function leaveCourse(
  stores: AuthorshipStores,
  { courseId, userId }: { courseId: string; userId: string },
): Promise<void> {
  await takeOff(stores, { courseId, userId });
  for (const copyId of await stores.teachers.copiesTaught(courseId, userId)) {
    await stores.authoring.lockCourse(copyId, userId);
    const tutors = await stores.teachers.ofCourse(copyId);
    if (tutors.some((tutor) => tutor.id === userId && !tutor.isOwner)) {
      await takeOff(stores, { courseId: copyId, userId });
    }
  }
  await stores.promotions.endPowerless(userId);
}

/**
 * Ends everything that depended on a person's authoring rights once the account has lost them by a change of role,
 * deactivation or erasure. If that is for good, they are also removed from every course that another tutor can
 * continue; a course without another tutor stays under their name, and only administrators can change it. To be
 * called after the rights have been lost, in the same transaction.
 */
export async function endAuthorship(
  stores: AuthorshipStores,
  { userId, isForGood }: { userId: string; isForGood: boolean },
): Promise<void> {
  for (const courseId of isForGood ? await stores.teachers.coursesOf(userId) : []) {
    await stores.authoring.lockCourse(courseId, userId);
    const tutors = await stores.teachers.ofCourse(courseId);
    if (tutors.some((tutor) => tutor.id !== userId && tutor.mayTeach)) {
      await takeOff(stores, { courseId, userId });
    }
  }
  await stores.invitations.withdrawThoseOf(userId, null);
  await forgetUploads(stores, userId, null);
  await stores.promotions.endPowerless(userId);
}

async function takeOff(
  stores: AuthorshipStores,
  { courseId, userId }: { courseId: string; userId: string },
): Promise<void> {
  await stores.teachers.remove(courseId, userId);
  const tutors = await stores.teachers.ofCourse(courseId);
  await stores.teachers.share(courseId, sharesWith(tutors, []));
  const owner = tutors.find((tutor) => tutor.isOwner)!;
  await stores.videoLibrary.passOn(courseId, { from: userId, to: owner.id });
  await stores.invitations.withdrawThoseOf(userId, courseId);
  await forgetUploads(stores, userId, courseId);
}

async function forgetUploads(
  { attachments, jobs }: AuthorshipStores,
  userId: string,
  courseId: string | null,
): Promise<void> {
  const keys = await attachments.forgetExpected(userId, courseId);
  await jobs.add(...keys.map((key) => ({ kind: "delete_file" as const, key })));
}
