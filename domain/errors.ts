/**
 * The codes of all refusals of the domain. routes/http/problems.ts maps each to a status, and the contract publishes
 * them.
 */
export const ERROR_CODES = [
  "invalid_input",
  "not_authenticated",
  "wrong_credentials",
  "forbidden",
  "insufficient_scope",
  "not_found",
  "email_taken",
  "already_enrolled",
  "payment_processing",
  "already_reviewed",
  "already_invited",
  "course_archived",
  "already_settled",
  "not_refundable",
  "idempotency_key_reused",
  "category_in_use",
  "invalid_link",
  "bad_signature",
  "password_required",
  "last_administrator",
  "too_many_requests",
  "body_too_large",
  "vendor_unavailable",
  "no_video",
  "video_not_ready",
  "video_in_use",
  "stream_limit",
] as const;

export type ErrorCode = (typeof ERROR_CODES)[number];

/** Details of a refusal for the caller. */
export type RefusalDetails = {
  /** Messages per field of the input, e.g. `{ email: ["Enter a valid e-mail address."] }`. */
  fields?: Record<string, string[]>;
  /** Seconds to wait before a retry; sent as Retry-After. */
  retryAfter?: number;
  /** The limit that was reached and the seconds until it resets; sent as RateLimit and RateLimit-Policy. */
  limit?: { name: string; tries: number; seconds: number; reset: number };
  /** The caller's other streams, if they are the reason. */
  streams?: { playbackSessionId: string; device: string; lessonTitle: string; startedAt: Date }[];
};

/** A refusal: the input or the state of the shop does not allow the request. Any other error is a bug. */
export class DomainError extends Error {
  override readonly name = "DomainError";
  constructor(
    readonly code: ErrorCode,
    message: string,
    readonly details: RefusalDetails = {},
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** Creates the refusal for something that does not exist, or not for the caller: "There is no such order." */
export function noSuch(name: string): DomainError {
  return new DomainError("not_found", `There is no such ${name}.`);
}

/** Returns the thing. Throws `noSuch` with its name if there is none. */
export function orNotFound<Thing>(thing: Thing | null | undefined | false, name: string): Thing {
  if (thing) return thing;
  throw noSuch(name);
}

/** Creates the refusal of input fields, by name; dots lead into lists and objects: `prices.0.price`. */
export function invalidFields(fields: Record<string, string[]>): DomainError {
  return new DomainError("invalid_input", "Check the fields named under errors.", { fields });
}

/** Does the same for one field and one message. */
export function invalidField(field: string, message: string): DomainError {
  return invalidFields({ [field]: [message] });
}
