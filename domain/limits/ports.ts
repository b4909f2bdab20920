/**
 * How many tries there are in how many seconds. Those `_of_address` count a client's network address, those
 * `_of_account` an account, by its e-mail address or id, whether there is such an account or not.
 */
export const DEFAULT_LIMITS = {
  /** Wrong passwords for an account from one network address. */
  sign_in_of_account: { tries: 10, seconds: 900 },
  /** Wrong passwords for an account from anywhere; those who were signed in from their address before may go on. */
  sign_in_of_account_anywhere: { tries: 100, seconds: 3600 },
  /** Wrong passwords from one network address, for any account. */
  sign_in_of_address: { tries: 100, seconds: 900 },
  register_of_account: { tries: 10, seconds: 3600 },
  register_of_address: { tries: 30, seconds: 3600 },
  /** Letters with a link: verification, reset, change of address. */
  link_of_account: { tries: 5, seconds: 3600 },
  link_of_address: { tries: 30, seconds: 3600 },
  /** Wrong passwords of somebody who is signed in. */
  password_of_account: { tries: 10, seconds: 900 },
  /** Links followed, for which a token might be guessed. */
  follow_of_address: { tries: 60, seconds: 900 },
} satisfies Record<string, Limit>;

export type Limit = { tries: number; seconds: number };
export type LimitName = keyof typeof DEFAULT_LIMITS;

/** Whose tries are counted. */
export type Tries = { limit: LimitName; of: string };

/** Counts tries, across all processes. */
export interface Limits {
  /** Refuses with `too_many_requests` when any has no tries left. Counts nothing. */
  check(...tries: Tries[]): Promise<void>;
  /** Counts one try of each, and refuses with `too_many_requests` when that was one too many. */
  count(...tries: Tries[]): Promise<void>;
  /** Forgets what was counted. */
  clear(...tries: Tries[]): Promise<void>;
}
