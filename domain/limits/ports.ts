/**
 * How many tries there are in how many seconds, generous for honest people. A limit's name ends in whose tries it counts:
 * `_of_account` somebody's who is signed in (or an account's, by its e-mail address, whether there is such an account or not),
 * `_of_address` a network address's, from which a whole school may come. Those called `anonymous_…` count callers without a
 * token only, for behind one address each who signed in is counted alone.
 *
 * These count every call of an operation that names them in the contract (`x-limits`), before its handler runs.
 */
const OF_CALLS = {
  /** What changes rows, and the reads that write a line of the access log. */
  write_of_account: { tries: 600, seconds: 60 },
  /** What the edit page sends with every keystroke, and with every step of an upload. */
  edit_of_account: { tries: 6000, seconds: 60 },
  /** Asking for lessons and attachments, which the access log has a line of. */
  visit_of_account: { tries: 1200, seconds: 60 },
  anonymous_visit_of_address: { tries: 1200, seconds: 60 },
  /** What takes more than 50 ms of computing or reading: receipts, statistics, the download of one's data. */
  costly_of_account: { tries: 30, seconds: 60 },
  /** What asks the payment provider. */
  payment_of_account: { tries: 60, seconds: 3600 },
  password_change_of_account: { tries: 20, seconds: 3600 },
  course_of_account: { tries: 60, seconds: 3600 },
  promotion_of_account: { tries: 60, seconds: 3600 },
  /** Room for videos at the video service, and imports. */
  video_of_account: { tries: 60, seconds: 3600 },
  daily_video_of_account: { tries: 200, seconds: 86_400 },
  /** Files for lessons, which are looked into. */
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

/** These are counted within use cases: tries that were wrong, for good ones count nothing; or what only then is known. */
const OF_USE_CASES = {
  /** Wrong passwords for an account from one network address. */
  sign_in_of_account: { tries: 10, seconds: 900 },
  /** Wrong passwords for an account from anywhere. Devices that signed in from their IP address before are not held up. */
  sign_in_of_account_anywhere: { tries: 100, seconds: 3600 },
  /** Wrong passwords from one IP address, for any account. */
  sign_in_of_address: { tries: 100, seconds: 900 },
  /** Right passwords for one account: each opens a session. */
  session_of_account: { tries: 300, seconds: 3600 },
  register_of_account: { tries: 10, seconds: 3600 },
  /** Registrations with an address that has an account already. */
  register_of_address: { tries: 30, seconds: 3600 },
  /** New accounts whose e-mail address is not verified yet: it is given back as they are. */
  unverified_of_address: { tries: 400, seconds: 3600 },
  /** New accounts of any kind. */
  new_account_of_address: { tries: 1000, seconds: 86_400 },
  /** Letters with a link: verification, reset, change of address. */
  link_of_account: { tries: 5, seconds: 3600 },
  daily_link_of_account: { tries: 15, seconds: 86_400 },
  link_of_address: { tries: 300, seconds: 3600 },
  /** Wrong passwords of somebody who is signed in. */
  password_of_account: { tries: 10, seconds: 900 },
  /** Links followed whose token was none of ours. */
  follow_of_address: { tries: 60, seconds: 900 },
  /** Promotion codes that were refused. */
  code_of_account: { tries: 20, seconds: 3600 },
  code_of_address: { tries: 200, seconds: 3600 },
  /** Tickets for videos. */
  ticket_of_account: { tries: 300, seconds: 600 },
  anonymous_ticket_of_address: { tries: 200, seconds: 600 },
  /** Searches, each of which ranks what it finds. */
  search_of_address: { tries: 1200, seconds: 60 },
  /** Invitations to one e-mail address, from all senders together. */
  invite_of_recipient: { tries: 5, seconds: 86_400 },
  update_of_course: { tries: 5, seconds: 86_400 },
} satisfies Record<string, Limit>;

export const DEFAULT_LIMITS = { ...OF_CALLS, ...OF_USE_CASES };

/**
 * Limits that each process counts by itself, in memory: of what is asked for so often that a statement for each would cost
 * more than it keeps off.
 */
export const COUNTED_PER_PROCESS: ReadonlySet<LimitName> = new Set<LimitName>([
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

/** Whether every call of an operation that names the limit counts, or only what its use case says. */
export const countsCalls = (name: LimitName): name is CallLimitName => name in OF_CALLS;

/** Whose tries are counted. */
export type Tries = { limit: LimitName; of: string };

/** Counts tries, across all processes but for those of `COUNTED_PER_PROCESS`. */
export interface Limits {
  /** Refuses with `too_many_requests` when any has no tries left. Counts nothing. */
  check(...tries: Tries[]): Promise<void>;
  /** Counts one try of each, and refuses with `too_many_requests` when that was one too many. */
  count(...tries: Tries[]): Promise<void>;
  /** Gives one try of each back, where one was counted. */
  giveBack(...tries: Tries[]): Promise<void>;
  /** Deletes the counts. */
  clear(...tries: Tries[]): Promise<void>;
}
