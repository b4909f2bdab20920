/**
 * Attempts allowed per window, in seconds; generous for honest users. The end of a limit's name says whose attempts
 * it counts. `_of_key`: those with an API key. `_of_account`: those of a signed-in user, or those for the account of an e-mail address, whether it
 * exists or not. `_of_address`: those from an IP address, which a whole school may share. Limits named `anonymous_…`
 * count only callers without a token, because signed-in users behind one IP address are counted individually.
 *
 * These count every call of an operation that declares them in the contract (`x-limits`), before its handler runs.
 */
const OF_CALLS = {
  /** Calls that change data, and reads that are recorded in the access log. */
  write_of_account: { tries: 600, seconds: 60 },
  /** Calls that the edit page sends with every keystroke, and with every step of an upload. */
  edit_of_account: { tries: 6000, seconds: 60 },
  /** Requests for lessons and attachments, which are recorded in the access log. */
  visit_of_account: { tries: 1200, seconds: 60 },
  anonymous_visit_of_address: { tries: 1200, seconds: 60 },
  /** Calls that take more than 50 ms to compute or read: receipts, statistics, the download of personal data. */
  costly_of_account: { tries: 30, seconds: 60 },
  /** Calls that ask the payment provider. */
  payment_of_account: { tries: 60, seconds: 3600 },
  password_change_of_account: { tries: 20, seconds: 3600 },
  course_of_account: { tries: 60, seconds: 3600 },
  promotion_of_account: { tries: 60, seconds: 3600 },
  /** Uploads to the video service, and imports. */
  video_of_account: { tries: 60, seconds: 3600 },
  daily_video_of_account: { tries: 200, seconds: 86_400 },
  /** Files for lessons, whose content is checked. */
  file_of_account: { tries: 90, seconds: 3600 },
  daily_file_of_account: { tries: 400, seconds: 86_400 },
  comment_of_account: { tries: 30, seconds: 600 },
  daily_comment_of_account: { tries: 300, seconds: 86_400 },
  review_of_account: { tries: 20, seconds: 3600 },
  /** Invitations, which are mailed to strangers. */
  invite_of_account: { tries: 20, seconds: 86_400 },
  invite_of_address: { tries: 60, seconds: 86_400 },
  /** Course updates, which are mailed to many. */
  update_of_account: { tries: 20, seconds: 86_400 },
} satisfies Record<string, Limit>;

/** These are counted within use cases, which count failed attempts only, or know only then what to count. */
const OF_USE_CASES = {
  /** Wrong passwords for an account from one IP address. */
  sign_in_of_account: { tries: 10, seconds: 900 },
  /** Wrong passwords for an account from anywhere. IP addresses from which it has signed in before are exempt. */
  sign_in_of_account_anywhere: { tries: 100, seconds: 3600 },
  /** Wrong passwords from one IP address, for any account. */
  sign_in_of_address: { tries: 100, seconds: 900 },
  /** Correct passwords for one account: each opens a session. */
  session_of_account: { tries: 300, seconds: 3600 },
  register_of_account: { tries: 10, seconds: 3600 },
  /** Registrations with an address that already has an account. */
  register_of_address: { tries: 30, seconds: 3600 },
  /** New accounts with an unverified e-mail address; verifying it returns the attempt. */
  unverified_of_address: { tries: 400, seconds: 3600 },
  /** New accounts of any kind. */
  new_account_of_address: { tries: 1000, seconds: 86_400 },
  /** Mails with a link: verification, reset, change of address. */
  link_of_account: { tries: 5, seconds: 3600 },
  daily_link_of_account: { tries: 15, seconds: 86_400 },
  link_of_address: { tries: 300, seconds: 3600 },
  /** Wrong passwords of a signed-in user. */
  password_of_account: { tries: 10, seconds: 900 },
  /** Followed links whose token the shop did not sign. */
  follow_of_address: { tries: 60, seconds: 900 },
  /** Promotion codes that were refused. */
  code_of_account: { tries: 20, seconds: 3600 },
  code_of_address: { tries: 200, seconds: 3600 },
  /** Tickets for videos. */
  ticket_of_account: { tries: 300, seconds: 600 },
  anonymous_ticket_of_address: { tries: 200, seconds: 600 },
  /** Searches, each of which ranks what it finds. */
  search_of_address: { tries: 1200, seconds: 60 },
  /** Calls with an API key. */
  call_of_key: { tries: 600, seconds: 60 },
  /** Invitations to one e-mail address, from all senders together. */
  invite_of_recipient: { tries: 5, seconds: 86_400 },
  update_of_course: { tries: 5, seconds: 86_400 },
  /** Codes by SMS, each of which costs the shop money. */
  sms_of_account: { tries: 5, seconds: 3600 },
  daily_sms_of_account: { tries: 10, seconds: 86_400 },
  sms_of_address: { tries: 30, seconds: 86_400 },
  /** SMS to one number, from all accounts together. */
  sms_of_number: { tries: 10, seconds: 86_400 },
  /** Wrong codes that were sent by SMS. */
  sms_code_of_account: { tries: 20, seconds: 3600 },
} satisfies Record<string, Limit>;

export const DEFAULT_LIMITS = { ...OF_CALLS, ...OF_USE_CASES };

/**
 * Limits that each process counts in its own memory. Their calls are so frequent that a statement for each would cost
 * more than the limit saves.
 */
export const COUNTED_PER_PROCESS: ReadonlySet<LimitName> = new Set<LimitName>([
  "call_of_key",
  "write_of_account",
  "edit_of_account",
  "visit_of_account",
  "anonymous_visit_of_address",
  "costly_of_account",
  "session_of_account",
  "ticket_of_account",
  "anonymous_ticket_of_address",
  "search_of_address",
]);

export type Limit = { tries: number; seconds: number };
export type LimitName = keyof typeof DEFAULT_LIMITS;
export type CallLimitName = keyof typeof OF_CALLS;

/** Returns whether every call of an operation that declares the limit counts, or only what its use case counts. */
export const countsCalls = (name: LimitName): name is CallLimitName => name in OF_CALLS;

/** A limit, and the account or address whose attempts count. */
export type Tries = { limit: LimitName; of: string };

/** Counts attempts, across all processes except for the limits in `COUNTED_PER_PROCESS`. */
export interface Limits {
  /** Throws DomainError `too_many_requests` if any has no attempts left. Counts nothing. */
  check(...tries: Tries[]): Promise<void>;
  /** Counts one attempt for each. Throws DomainError `too_many_requests` if that exceeds a limit. */
  count(...tries: Tries[]): Promise<void>;
  /** Takes back one counted attempt of each. */
  giveBack(...tries: Tries[]): Promise<void>;
  /** Deletes the counts. */
  clear(...tries: Tries[]): Promise<void>;
}
