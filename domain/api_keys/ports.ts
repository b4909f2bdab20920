import type { Caller } from "../accounts/ports.ts";
import type { Range } from "../range.ts";

/** What keys may be used for. The contract describes each, and says under `x-scope` which operation needs which. */
export const SCOPES = [
  "catalog:read",
  "courses:read",
  "courses:write",
  "promotions:read",
  "promotions:write",
  "orders:read",
  "orders:refund",
  "grants:read",
  "grants:write",
  "people:read",
  "audit:read",
  "webhooks:read",
  "webhooks:write",
] as const;
export type Scope = (typeof SCOPES)[number];

/** A key with which a program acts for its owner, without its secret. */
export type ApiKey = {
  id: string;
  ownerId: string;
  name: string;
  /** The beginning of the secret, by which people recognise it. */
  start: string;
  scopes: Scope[];
  createdAt: Date;
  /** Null: it does not expire by itself. */
  expiresAt: Date | null;
  revokedAt: Date | null;
  /** To the minute. */
  lastUsedAt: Date | null;
};

/** A key's secret, which is shown once, and what is stored of it. */
export type KeySecret = { secret: string; start: string; hash: Uint8Array };

export interface KeySecrets {
  /** Returns a new random secret. */
  issue(): Promise<KeySecret>;
  /** Returns the hash of a secret; null if the text cannot be one. */
  hashOf(secret: string): Promise<Uint8Array | null>;
}

/** A caller who uses a key. `caller.keyId` is set. */
export type KeyHolder = { caller: Caller; scopes: Scope[] };

export interface ApiKeys {
  /**
   * Returns who holds the secret with this hash, and notes that it was used. Null if there is none, it was revoked or
   * has expired, or its owner may not sign in or is neither tutor nor administrator any more.
   */
  use(hash: Uint8Array, now: Date): Promise<KeyHolder | null>;
  /** Returns false if the owner already has so many keys that work. Serialises the owner's calls. */
  add(
    key: Pick<ApiKey, "ownerId" | "name" | "scopes" | "expiresAt"> & Omit<KeySecret, "secret">,
    limit: { atMost: number; now: Date },
  ): Promise<ApiKey | null>;
  /** Replaces the secret of a key that works. The former one works until then. Returns null if there is no such key. */
  rotate(
    id: string,
    ownerId: string,
    next: Omit<KeySecret, "secret"> & { formerUntil: Date; now: Date },
  ): Promise<ApiKey | null>;
  /** Revokes a key; `ownerId` null: anybody's. Returns it, or null if there is none that was not revoked before. */
  revoke(id: string, ownerId: string | null, now: Date): Promise<ApiKey | null>;
  /** Lists keys, newest first; `ownerId` null: everybody's. */
  list(ownerId: string | null, range: Range): Promise<{ count: number; keys: ApiKey[] }>;
}
