import type { Context } from "hono";
import type { ErrorCode, RefusalDetails } from "../../domain/errors.ts";
import type { Problem } from "../../openapi/generated/server/types.gen.ts";
import { PRIVATE } from "./caching.ts";
import { reply, type Transport } from "./reply.ts";

/** The codes of the domain's refusals, and of those specific to HTTP. */
export type ProblemCode = ErrorCode | "method_not_allowed" | "request_timeout" | "internal_error";

/** The status of each refusal, with its name in RFC 9110. A code that is missing here does not compile. */
export const PROBLEMS: Record<ProblemCode, { status: number; title: string }> = {
  invalid_input: { status: 400, title: "Bad Request" },
  email_taken: { status: 400, title: "Bad Request" },
  invalid_link: { status: 400, title: "Bad Request" },
  bad_signature: { status: 400, title: "Bad Request" },
  not_authenticated: { status: 401, title: "Unauthorized" },
  wrong_credentials: { status: 401, title: "Unauthorized" },
  forbidden: { status: 403, title: "Forbidden" },
  insufficient_scope: { status: 403, title: "Forbidden" },
  not_found: { status: 404, title: "Not Found" },
  method_not_allowed: { status: 405, title: "Method Not Allowed" },
  request_timeout: { status: 408, title: "Request Timeout" },
  already_enrolled: { status: 409, title: "Conflict" },
  payment_processing: { status: 409, title: "Conflict" },
  password_required: { status: 403, title: "Forbidden" },
  last_administrator: { status: 409, title: "Conflict" },
  too_many_requests: { status: 429, title: "Too Many Requests" },
  no_video: { status: 409, title: "Conflict" },
  video_not_ready: { status: 409, title: "Conflict" },
  video_in_use: { status: 409, title: "Conflict" },
  stream_limit: { status: 409, title: "Conflict" },
  already_reviewed: { status: 409, title: "Conflict" },
  already_invited: { status: 409, title: "Conflict" },
  course_archived: { status: 409, title: "Conflict" },
  already_settled: { status: 409, title: "Conflict" },
  not_refundable: { status: 409, title: "Conflict" },
  idempotency_key_reused: { status: 409, title: "Conflict" },
  category_in_use: { status: 409, title: "Conflict" },
  body_too_large: { status: 413, title: "Content Too Large" },
  internal_error: { status: 500, title: "Internal Server Error" },
  vendor_unavailable: { status: 503, title: "Service Unavailable" },
};

/** Builds the response to a refusal: problem details by RFC 9457. */
export function problem(
  c: Context<Transport>,
  code: ProblemCode,
  detail: string,
  { details = {}, headers }: { details?: RefusalDetails; headers?: Record<string, string> } = {},
): Response {
  const { status, title } = PROBLEMS[code];
  const body: Problem = {
    type: "about:blank",
    title,
    status,
    detail,
    code,
    ...(details.fields ? { errors: details.fields } : {}),
    ...(details.streams
      ? {
        streams: details.streams.map(({ playbackSessionId, device, lessonTitle, startedAt }) => ({
          session_id: playbackSessionId,
          device,
          lesson_title: lessonTitle,
          started_at: startedAt.toISOString(),
        })),
      }
      : {}),
    request_id: c.get("requestId"),
  };
  return reply(c, JSON.stringify(body), {
    status,
    headers: {
      ...refusalHeaders(details),
      "content-type": "application/problem+json",
      ...(status === 401 ? { "www-authenticate": 'Bearer realm="11Tutors"' } : {}),
      ...headers,
    },
  });
}

/** Returns the headers of a refusal with any body: do not cache it, and when to try again. */
export function refusalHeaders({ retryAfter, limit }: RefusalDetails): Record<string, string> {
  return {
    ...PRIVATE,
    ...(retryAfter === undefined ? {} : { "retry-after": String(retryAfter) }),
    ...(limit ? limitHeaders(limit) : {}),
  };
}

/**
 * Returns the headers of draft-ietf-httpapi-ratelimit-headers-10: the policy, and what is left of it for how many
 * seconds.
 */
function limitHeaders({ name, tries, seconds, reset }: NonNullable<RefusalDetails["limit"]>) {
  return { "ratelimit-policy": `"${name}";q=${tries};w=${seconds}`, "ratelimit": `"${name}";r=0;t=${reset}` };
}
