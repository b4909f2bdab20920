import { DomainError } from "../errors.ts";
import type { CourseTutor } from "./ports.ts";

export type Share = { userId: string; percent: number };

/**
 * Computes all shares when some tutors get the given ones. The owner keeps the rest, so that they always add up to
 * 100. Throws DomainError `invalid_input` if the others would get more than 100 in total.
 */
export function sharesWith(tutors: CourseTutor[], given: Share[]): Share[] {
  const [owner] = tutors.filter((tutor) => tutor.isOwner);
  const others = tutors.filter((tutor) => !tutor.isOwner).map((tutor) => ({
    userId: tutor.id,
    percent: given.find(({ userId }) => userId === tutor.id)?.percent ?? tutor.sharePercent,
  }));
  const left = 100 - others.reduce((sum, { percent }) => sum + percent, 0);
  if (left < 0) {
    throw new DomainError("invalid_input", "The shares add up to more than 100 %.", {
      fields: { share_percent: ["This is more than the owner has left to give."] },
    });
  }
  return [...(owner ? [{ userId: owner.id, percent: left }] : []), ...others];
}
