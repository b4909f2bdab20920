import type { Range } from "../range.ts";

/** Roles as the wire numbers them. */
export const ROLE = { admin: 1, tutor: 2, student: 3, user: 4 } as const;
export type Role = (typeof ROLE)[keyof typeof ROLE];

/** Languages in which the shop writes to people. */
export type Language = "en" | "ru" | "es";

/**
 * The caller of a request: see `authenticate`. A program that acts for the person with an API key has `keyId` and no
 * sign-in; no operation that takes keys looks at one.
 */
export type Caller = { id: string; role: Role; signInId: string; keyId?: string | null };

export type User = {
  id: string;
  /** Normalised: trimmed, NFC, lower case. Unique. */
  email: string;
  /** An address that becomes `email` once its owner confirms it; null if there is none. */
  pendingEmail: string | null;
  firstName: string;
  lastName: string;
  username: string;
  phone: string;
  language: Language;
  /** The picture's key in the file store; null if there is none. */
  avatarKey: string | null;
  role: Role;
  emailVerifiedAt: Date | null;
  /** Since when the account may not sign in, refresh tokens or watch; null if it may. */
  deactivatedAt: Date | null;
  createdAt: Date;
  updatedAt: Date;
};

export type NewUser = {
  email: string;
  passwordHash: string;
  firstName: string;
  lastName: string;
  role: Role;
};

export type ProfileChange = Partial<
  Pick<User, "firstName" | "lastName" | "username" | "phone" | "language" | "avatarKey">
>;

/** The domain of the placeholder addresses of erased accounts. Nothing is mailed to them. */
export const ERASED_DOMAIN = "erased.invalid";

/** A user with their password hash. `version` counts their password changes. */
export type Credentials = { user: User; passwordHash: string; version: number };

/** Accounts. No method finds or changes an erased one. */
export interface Users {
  /** Returns null if the address is taken, also by a concurrent registration. */
  add(user: NewUser): Promise<User | null>;
  byId(id: string): Promise<User | null>;
  /** Returns null if there is no such account. The address must be normalised. */
  credentials(by: { email: string } | { id: string }): Promise<Credentials | null>;
  /** Changes the given fields only. Returns null if the user no longer exists. */
  changeProfile(id: string, change: ProfileChange): Promise<User | null>;
  /** Returns true if the address is still the user's own and was not verified before. */
  markEmailVerified(id: string, email: string): Promise<boolean>;
  /** Stores the address that the user wants; null clears it. Returns null when the user no longer exists. */
  setPendingEmail(id: string, email: string | null): Promise<User | null>;
  /**
   * Replaces the user's address with the pending one, as verified, if it is still the given one. Returns the former
   * address.
   */
  confirmPendingEmail(id: string, email: string): Promise<{ formerEmail: string } | "stale" | "taken">;
  /**
   * Replaces the password of that version. Every link that was mailed for the former one becomes invalid, and a pending
   * e-mail address is dropped. Returns false when the password has been changed in the meantime.
   */
  setPassword(id: string, next: { version: number; passwordHash: string }): Promise<boolean>;
  /** Replaces the hash by another of the same password, unless the password has changed in the meantime. */
  rehash(id: string, from: string, to: string): Promise<void>;
  /** Creates the user, or gives the existing one with that address this password and role; verified either way. */
  upsertVerified(user: NewUser): Promise<User>;
}

/** The field to sort by; a minus sign sorts in descending order. */
export type UserOrdering =
  | "created_at"
  | "-created_at"
  | "email"
  | "-email"
  | "last_name"
  | "-last_name"
  | "role"
  | "-role";

export type UserFilter = {
  role?: Role;
  isEmailVerified?: boolean;
  isActive?: boolean;
  /** Words from the name, the username or the address. */
  search?: string;
};

/** Settings of an account that administrators change. */
export type AccountStanding = { role: Role; isEmailVerified: boolean; isActive: boolean };

/** All accounts, for administrators. */
export interface People {
  list(
    filter: UserFilter,
    ordering: UserOrdering,
    range: Range,
  ): Promise<{ count: number; users: User[] }>;
  /**
   * Locks the user until the transaction ends, in one transaction at a time across all users. Returns null if the
   * user no longer exists.
   */
  lock(id: string): Promise<User | null>;
  /** Returns whether another administrator may sign in. The result stays valid while a user is locked. */
  hasAdministratorBesides(id: string): Promise<boolean>;
  /** Changes the given settings of an account. */
  setStanding(id: string, change: Partial<AccountStanding>, now: Date): Promise<User>;
}

/** All data about a person, in every table. */
export interface PersonalData {
  /** Returns the data by table, each row as it is stored. */
  show(userId: string): Promise<Record<string, Record<string, unknown>[]>>;
  /** Removes it. Money and audit rows keep the id, which no longer identifies anybody. To be used in a transaction. */
  erase(userId: string): Promise<void>;
}

/** The public profile of a tutor. */
export type TutorProfile = {
  id: string;
  /** Never empty: `Tutor` if the tutor gave none. */
  firstName: string;
  lastName: string;
  /** Empty unless the tutor publishes it. */
  email: string;
  avatarKey: string | null;
  bio: string;
  university: { id: number; name: string } | null;
  /** Courses on sale. */
  courseCount: number;
  publishesEmail: boolean;
};

export type TutorChange = Partial<{ bio: string; universityId: number | null; publishesEmail: boolean }>;

export interface Tutors {
  /**
   * Lists, by name, the tutors who may sign in and have verified their address or sell a course. `search`: words from
   * the name, the university or the biography.
   */
  list(
    search: string | undefined,
    range: Range,
  ): Promise<{ count: number; tutors: TutorProfile[] }>;
  byId(id: string): Promise<TutorProfile | null>;
  /** Returns a person's own profile; also for administrators, who may teach without being in the list. */
  own(id: string): Promise<TutorProfile | null>;
  /**
   * Changes the given fields. Throws DomainError `invalid_input` naming `university` if there is no such university.
   */
  change(id: string, change: TutorChange): Promise<void>;
}

export type OnboardingAnswer = {
  id: string;
  userId: string;
  universityId: number | null;
  degree: "bachelors" | "masters" | "phd";
  graduationYear: number;
  interests: string;
  age: number | null;
  createdAt: Date;
  updatedAt: Date;
};

export type OnboardingChange = Partial<Omit<OnboardingAnswer, "id" | "userId" | "createdAt" | "updatedAt">>;
export type NewOnboardingAnswer = OnboardingChange & Pick<OnboardingAnswer, "degree" | "graduationYear">;

/**
 * Answers to the onboarding questions, one per person. An unknown university is refused with `invalid_input`, naming
 * the field.
 */
export interface Onboarding {
  of(userId: string): Promise<OnboardingAnswer | null>;
  /** Replaces earlier answers. Returns null if the user may no longer sign in. */
  answer(userId: string, answer: NewOnboardingAnswer): Promise<OnboardingAnswer | null>;
  /** Changes the given fields. Returns null if the user has no such answer. */
  change(userId: string, id: string, change: OnboardingChange): Promise<OnboardingAnswer | null>;
  remove(userId: string, id: string): Promise<boolean>;
}

/** Names the device of a user agent in words that its owner recognises, such as `Firefox on Linux`. */
export type DeviceName = (userAgent: string) => string;

/** A signed-in device, as its owner may see it. */
export type Session = {
  id: string;
  userId: string;
  /** In plain words, such as `Firefox on Linux`. */
  device: string;
  ipAddress: string;
  createdAt: Date;
  lastUsedAt: Date;
};

export type NewSession = {
  userId: string;
  expiresAt: Date;
  userAgent: string;
  device: string;
  ipAddress: string;
};

/** Signed-in devices. A refresh token names one; once it is ended, no more access tokens are issued for it. */
export interface Sessions {
  /** Opens a session. `isNewDevice`: the user has used other devices before, but not this one in the last thirty days. */
  open(session: NewSession): Promise<{ id: string; isNewDevice: boolean }>;
  /** Returns the owner of an active session and records its use; null otherwise, and for accounts that may not sign in. */
  use(signInId: string, now: Date): Promise<User | null>;
  /** Returns the current role of a session's owner; null once the session or the account has ended. */
  roleOf(owner: Pick<Caller, "id" | "signInId">, now: Date): Promise<Role | null>;
  /** Returns the owner of a session; null once the session or the account has ended. */
  owner(owner: Pick<Caller, "id" | "signInId">, now: Date): Promise<User | null>;
  /** Finds an active session. */
  byId(signInId: string, now: Date): Promise<Session | null>;
  /** Lists the user's active sessions, last used first. */
  list(
    userId: string,
    now: Date,
    range: Range,
  ): Promise<{ count: number; sessions: Session[] }>;
  /** Returns false when the user has no such active session. */
  end(userId: string, signInId: string, now: Date): Promise<boolean>;
  /** Ends the user's sessions, except the one to keep. */
  endAll(userId: string, now: Date, keep?: string): Promise<void>;
  /** Whether the account with this e-mail address was signed in from that IP address in the last thirty days. */
  knowsIpAddress(email: string, ipAddress: string): Promise<boolean>;
  /** Deletes the sessions that expired or were ended before that time; returns how many. */
  purge(before: Date): Promise<number>;
}

/** Password hashing, off the main thread. */
export interface Passwords {
  /** An argon2id hash in PHC string format, of the password in one Unicode spelling (RFC 8265, OpaqueString). */
  hash(password: string): Promise<string>;
  /**
   * Whether the password matches the hash, which is argon2id or Django's pbkdf2_sha256. Any Unicode normal form
   * matches, because older hashes were made of what the keyboard sent. Nothing matches null or a text that is no such
   * hash. A refusal takes the same time for all of them, so that timing does not reveal whether an account exists.
   */
  verify(password: string, hash: string | null): Promise<boolean>;
  /** Returns whether `hash` would produce a stronger hash than the one that the password was just verified against. */
  isOutdated(password: string, hash: string): Promise<boolean>;
}

export interface PasswordStrength {
  /** Returns whether the password is among the million most likely guesses. */
  isGuessable(password: string): Promise<boolean>;
}

/** Signed tokens. Every `read…` returns null for a token that is malformed, forged, expired or of another kind. */
export interface Tokens {
  /** Valid for `ACCESS_TOKEN_SECONDS`. */
  issueAccess(caller: Caller): Promise<string>;
  readAccess(token: string): Promise<Caller | null>;
  issueRefresh(session: { id: string; userId: string; expiresAt: Date }): Promise<string>;
  readRefresh(token: string): Promise<{ signInId: string; userId: string } | null>;
  /**
   * A token for a mailed link. It contains its purpose, so it cannot be used for another. Valid for `seconds`, by
   * default those of `LINK_SECONDS`.
   */
  issueLink(purpose: LinkPurpose, claim: LinkClaim, seconds?: number): Promise<string>;
  readLink(purpose: LinkPurpose, token: string): Promise<LinkClaim | null>;
}

/**
 * What a mailed link proves. It is void once the account has changed since the link was made: the address was
 * verified or changed, or the password was set. So it works once, and needs no table.
 */
export type LinkClaim = { userId: string; email: string; version: number };
export type LinkPurpose = keyof typeof LINK_SECONDS;

export const ACCESS_TOKEN_SECONDS = 3600;
export const REFRESH_TOKEN_SECONDS = 7 * 24 * 3600;
/** How long a mailed link is valid. */
export const LINK_SECONDS = {
  verify_email: 24 * 3600,
  change_email: 24 * 3600,
  reset_password: 3600,
} as const;
/**
 * How long a link is valid that invites somebody of the former shop to choose a password. They did not ask for it, so
 * they may read it late.
 */
export const INVITATION_SECONDS = 14 * 24 * 3600;
