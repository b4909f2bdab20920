/** Roles as the wire numbers them. */
export const ROLE = { admin: 1, tutor: 2, student: 3, user: 4 } as const;
export type Role = (typeof ROLE)[keyof typeof ROLE];

/** Who makes a request, as a verified access token says. */
export type Caller = { id: string; role: Role; sessionId: string };

export type User = {
  id: string;
  /** Normalised: trimmed, NFC, lower case. Unique. */
  email: string;
  firstName: string;
  lastName: string;
  username: string;
  phone: string;
  role: Role;
  emailVerifiedAt: Date | null;
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

export type ProfileChange = Partial<Pick<User, "firstName" | "lastName" | "username" | "phone">>;

export interface Users {
  /** Null when the address is taken, whatever else happens at the same moment. */
  add(user: NewUser): Promise<User | null>;
  byId(id: string): Promise<User | null>;
  /** The user and the stored password hash for a normalised address; null when there is none. */
  credentials(email: string): Promise<{ user: User; passwordHash: string } | null>;
  /** Changes only what is given; null when the user is gone. */
  changeProfile(id: string, change: ProfileChange): Promise<User | null>;
  /** True when the address is still the user's own, now verified; repeating it is harmless. */
  markEmailVerified(id: string, email: string): Promise<boolean>;
  /** Creates the user, or gives the existing one with that address this password and role; verified either way. */
  upsertVerified(user: NewUser): Promise<User>;
}

/** Signed-in devices. A refresh token names one; revoking it ends the refreshes. */
export interface Sessions {
  open(session: { userId: string; expiresAt: Date; userAgent: string }): Promise<{ id: string }>;
  /** The owner of a session that is neither revoked nor expired, noting that it was used; null otherwise. */
  use(sessionId: string, now: Date): Promise<User | null>;
  /** Forgets the sessions that expired or were revoked before that moment; answers how many. */
  purge(before: Date): Promise<number>;
}

/** Password hashing, off the main thread. */
export interface Passwords {
  /** An argon2id hash in PHC string format. */
  hash(password: string): Promise<string>;
  /** Takes as long for a null hash as for a real one, so that time does not tell whether an account exists. */
  verify(password: string, hash: string | null): Promise<boolean>;
}

/** Signed tokens. Every `read…` answers null for a token that is malformed, forged, expired or of another kind. */
export interface Tokens {
  /** Valid for `ACCESS_TOKEN_SECONDS`. */
  issueAccess(caller: Caller): Promise<string>;
  readAccess(token: string): Promise<Caller | null>;
  issueRefresh(session: { id: string; userId: string; expiresAt: Date }): Promise<string>;
  readRefresh(token: string): Promise<{ sessionId: string; userId: string } | null>;
  /** A link token that proves that the address belongs to the user; valid for `seconds`. */
  issueEmailVerification(claim: { userId: string; email: string }, seconds: number): Promise<string>;
  readEmailVerification(token: string): Promise<{ userId: string; email: string } | null>;
}

export const ACCESS_TOKEN_SECONDS = 3600;
export const REFRESH_TOKEN_SECONDS = 7 * 24 * 3600;
export const VERIFICATION_LINK_SECONDS = 24 * 3600;
