import { PLAYBACK_FAILURES, type PlaybackFailure } from "../domain/playback/issue_ticket.ts";
import { changePlaybackRules, showPlaybackRules } from "../domain/playback/change_playback_rules.ts";
import type { Lessons, PlaybackRules } from "../domain/playback/ports.ts";
import { HEARTBEAT_SECONDS, keepPlaying, startPlayback } from "../domain/playback/play_lesson.ts";
import { readPlaybackLog } from "../domain/playback/read_access_log.ts";
import { videoTicket, viewLesson } from "../domain/playback/view_lesson.ts";
import type { DomainError } from "../domain/errors.ts";
import type { PlaybackRules as WireRules } from "../openapi/generated/server/types.gen.ts";
import type { ContractRequest, Handlers, OperationId } from "./http/contract_app.ts";
import { clockDuration } from "./wire/duration.ts";
import { pageOf, rangeOf } from "./http/pages.ts";
import type { RequestLog } from "./http/transport.ts";
import { toDateOrNone } from "./http/moments.ts";
import type { Needs } from "../domain/needs.ts";

type Deps =
  & Needs<typeof startPlayback | typeof keepPlaying | typeof showPlaybackRules | typeof changePlaybackRules>
  & { lessons: Lessons; log: RequestLog };

/** Serves playback, and the rules on where a course's videos may play. */
export const playbackRoutes = (
  deps: Deps,
): Handlers<
  | "getLesson"
  | "startPlayback"
  | "sendHeartbeat"
  | "getVideoTicket"
  | "listPlaybackLog"
  | "getPlaybackRules"
  | "changePlaybackRules"
> => ({
  async getLesson(request) {
    const { lesson, ticket, failure } = await viewLesson(deps, {
      slugOrId: request.params.slug,
      ...visitOf(request),
    });
    if (failure?.code === "vendor_unavailable") {
      deps.log.warn("no video ticket", {
        lessonId: lesson.id,
        reason: failure.message,
        cause: String(failure.cause ?? ""),
      });
    }
    return {
      status: 200,
      body: {
        id: lesson.id,
        slug: lesson.slug,
        title: lesson.title,
        description: lesson.description,
        is_free_preview: lesson.isFreePreview,
        order: lesson.order,
        duration: clockDuration(lesson.durationSeconds),
        created_at: lesson.createdAt.toISOString(),
        ...ticket,
        ...(failure ? { video_problem: problemOf(failure) } : {}),
      },
    };
  },

  async startPlayback(request) {
    const { lesson, ticket, playbackSessionId, ticketExpiresAt, setup } = await startPlayback(deps, {
      slugOrId: request.params.slug,
      takeOver: request.body.take_over,
      ...visitOf(request),
    });
    return {
      status: 200,
      body: {
        lesson_id: lesson.id,
        session_id: playbackSessionId,
        ...ticket,
        ticket_expires_at: ticketExpiresAt.toISOString(),
        position_seconds: setup.positionSeconds,
        duration_seconds: lesson.durationSeconds,
        heartbeat_seconds: HEARTBEAT_SECONDS,
        poster: setup.posterUrl,
      },
    };
  },

  async sendHeartbeat(request) {
    await keepPlaying(deps, {
      playbackSessionId: request.params.session_id,
      positionSeconds: request.body.position_seconds,
      state: request.body.state,
      ...visitOf(request),
      viewer: request.caller,
    });
    return { status: 200, body: { heartbeat_seconds: HEARTBEAT_SECONDS } };
  },

  async getVideoTicket(request) {
    return {
      status: 200,
      body: await videoTicket(deps, { videoId: request.params.id, ...visitOf(request) }),
    };
  },

  async listPlaybackLog(request) {
    const { viewer, course, lesson, outcome, from, before } = request.query;
    const { count, entries } = await readPlaybackLog(deps, {
      caller: request.caller,
      filter: {
        viewerId: viewer,
        courseId: course,
        lessonId: lesson,
        outcome,
        from: toDateOrNone(from),
        before: toDateOrNone(before),
      },
      range: rangeOf(request.query),
    });
    const results = entries.map((entry) => ({
      id: entry.id,
      occurred_at: entry.occurredAt.toISOString(),
      outcome: entry.outcome,
      viewer: entry.viewerId === null ? null : { id: entry.viewerId, email: entry.viewerEmail },
      lesson: { id: entry.lessonId, title: entry.lessonTitle },
      course: { id: entry.courseId, title: entry.courseTitle },
      video_id: entry.videoId,
      address: entry.ipAddress,
      user_agent: entry.userAgent,
      watched_seconds: entry.watchedSeconds,
      last_seen_at: entry.lastSeenAt?.toISOString() ?? null,
    }));
    return { status: 200, body: pageOf(request, count, results) };
  },

  async getPlaybackRules({ caller, params }) {
    const { rules } = await showPlaybackRules(deps, { caller, slugOrId: params.slug });
    return { status: 200, body: toRules(rules) };
  },

  async changePlaybackRules({ caller, params, body, requestId }) {
    const rules = await changePlaybackRules(deps, {
      caller,
      slugOrId: params.slug,
      rules: { embedHosts: body.embed_hosts, countryRule: body.country_rule, countries: body.countries },
      requestId,
    });
    return { status: 200, body: toRules(rules) };
  },
});

const visitOf = <Id extends OperationId>(
  { caller, ipAddress, userAgent }: Pick<ContractRequest<Id>, "caller" | "ipAddress" | "userAgent">,
) => ({ viewer: caller, ipAddress, userAgent });

function problemOf({ code, message }: DomainError): { code: PlaybackFailure; detail: string } {
  const known = PLAYBACK_FAILURES.find((failure) => failure === code);
  return { code: known ?? "vendor_unavailable", detail: message };
}

function toRules({ embedHosts, countryRule, countries }: PlaybackRules): WireRules {
  return { embed_hosts: embedHosts, country_rule: countryRule, countries };
}
