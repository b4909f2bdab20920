import { DomainError } from "../errors.ts";
import { issueTicket, TICKET_SECONDS, type TicketDeps } from "./issue_ticket.ts";
import { openLesson, type Visit } from "./open_lesson.ts";
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
export async function viewLesson(deps: Deps, input: Visit & { slugOrId: string }): Promise<LessonView> {
  const lesson = openLesson(
    deps,
    await deps.lessons.find(input.slugOrId, input.viewer),
    input,
  );
  try {
    const { ticket } = await issueTicket(deps, lesson, input, { leaseSeconds: TICKET_SECONDS });
    return { lesson, ticket, failure: null };
  } catch (error) {
    if (!(error instanceof DomainError) || error.code === "too_many_requests") throw error;
    return { lesson, ticket: null, failure: error };
  }
}

/**
 * Issues a ticket for a video, for people who may watch a lesson that shows it; for everyone else it does not exist.
 */
export async function videoTicket(deps: Deps, input: Visit & { videoId: string }): Promise<PlaybackTicket> {
  const lesson = openLesson(
    deps,
    await deps.lessons.showing(input.videoId, input.viewer),
    input,
  );
  const { ticket } = await issueTicket(deps, lesson, input, { leaseSeconds: TICKET_SECONDS });
  return ticket;
}
