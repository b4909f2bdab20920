import { DomainError } from "../errors.ts";
import type { Visit } from "./attempt.ts";
import { issueTicket, TICKET_SECONDS, type TicketDeps } from "./issue_ticket.ts";
import { openLesson } from "./open_lesson.ts";
import type { LessonForViewer, Lessons, PlaybackTicket } from "./ports.ts";

type Deps = TicketDeps & { lessons: Lessons };

/** A lesson, and a ticket for its video; `failure` says why there is none. */
export type LessonView = {
  lesson: LessonForViewer;
  ticket: PlaybackTicket | null;
  failure: DomainError | null;
};

/**
 * Returns a lesson to people who may watch it, even if its video cannot be played. For all others it does not exist.
 * Clients of this send no heartbeats: their playback session counts as a stream while its ticket is valid.
 */
export async function viewLesson(
  deps: Deps,
  { slugOrId, ...visit }: Visit & { slugOrId: string },
): Promise<LessonView> {
  const lesson = openLesson(deps, await deps.lessons.find(slugOrId, visit.viewer), visit);
  try {
    const { ticket } = await issueTicket(deps, lesson, visit, { leaseSeconds: TICKET_SECONDS });
    return { lesson, ticket, failure: null };
  } catch (error) {
    if (!(error instanceof DomainError) || error.code === "too_many_requests") throw error;
    return { lesson, ticket: null, failure: error };
  }
}

/**
 * Issues a ticket for a video, for people who may watch a lesson that shows it; for everyone else it does not exist.
 */
export async function videoTicket(
  deps: Deps,
  { videoId, ...visit }: Visit & { videoId: string },
): Promise<PlaybackTicket> {
  const lesson = openLesson(deps, await deps.lessons.showing(videoId, visit.viewer), visit);
  const { ticket } = await issueTicket(deps, lesson, visit, { leaseSeconds: TICKET_SECONDS });
  return ticket;
}
