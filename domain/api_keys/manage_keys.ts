import type { Caller } from "../accounts/ports.ts";
import { ROLE } from "../accounts/ports.ts";
import { actorOf } from "../audit/actor.ts";
import type { AuditLog } from "../audit/ports.ts";
import { requireTutor } from "../authoring/rights.ts";
import type { Clock } from "../clock.ts";
import { DomainError, invalidField, orNotFound } from "../errors.ts";
import type { Range } from "../range.ts";
import type { Transaction } from "../transaction.ts";
import type { ApiKey, ApiKeys, KeySecrets, Scope } from "./ports.ts";

/** How many keys that work one person may have. */
const AT_MOST = 25;

type Deps = {
  transaction: Transaction<{ apiKeys: ApiKeys; audit: AuditLog }>;
  keySecrets: KeySecrets;
  clock: Clock;
};
type Shown = { key: ApiKey; secret: string };

/** Lists the caller's keys; for administrators everybody's, or those of one owner. */
export async function listKeys(
  deps: { apiKeys: Pick<ApiKeys, "list"> },
  { caller, ownerId, range }: { caller: Caller; ownerId?: string; range: Range },
): Promise<{ count: number; keys: ApiKey[] }> {
  requireTutor(caller);
  if (caller.role === ROLE.admin) return await deps.apiKeys.list(ownerId ?? null, range);
  if (ownerId !== undefined && ownerId !== caller.id) {
    throw new DomainError("forbidden", "Only administrators may see the keys of others.");
  }
  return await deps.apiKeys.list(caller.id, range);
}

/** Creates a key for the caller. The secret is returned here and never again. */
export async function createKey(
  deps: Deps,
  { caller, name, scopes, expiresAt, requestId }: {
    caller: Caller;
    name: string;
    scopes: Scope[];
    expiresAt: Date | null;
    requestId: string;
  },
): Promise<Shown> {
  requireTutor(caller);
  const now = deps.clock();
  if (expiresAt !== null && expiresAt <= now) throw invalidField("expires_at", "This must be in the future.");
  const { secret, ...stored } = await deps.keySecrets.issue();
  return await deps.transaction(async ({ apiKeys, audit }) => {
    const wanted = { ownerId: caller.id, name, scopes: [...new Set(scopes)], expiresAt, ...stored };
    const key = await apiKeys.add(wanted, { atMost: AT_MOST, now });
    if (!key) {
      throw new DomainError(
        "invalid_input",
        `You have ${AT_MOST} keys that work. Revoke one that nothing uses.`,
      );
    }
    await audit.record({
      ...actorOf(caller),
      action: "api_key.create",
      subject: { type: "api_key", id: key.id },
      after: { scopes: key.scopes, expiresAt: expiresAt?.toISOString() ?? null },
      requestId,
    });
    return { key, secret };
  });
}

/** Replaces the secret of one of the caller's keys. The former one goes on working for so many seconds. */
export async function rotateKey(
  deps: Deps,
  { caller, keyId, overlapSeconds, requestId }: {
    caller: Caller;
    keyId: string;
    overlapSeconds: number;
    requestId: string;
  },
): Promise<Shown> {
  requireTutor(caller);
  const now = deps.clock();
  const formerUntil = new Date(now.getTime() + overlapSeconds * 1000);
  const { secret, ...stored } = await deps.keySecrets.issue();
  return await deps.transaction(async ({ apiKeys, audit }) => {
    const key = orNotFound(
      await apiKeys.rotate(keyId, caller.id, { ...stored, formerUntil, now }),
      "key of yours that works",
    );
    await audit.record({
      ...actorOf(caller),
      action: "api_key.rotate",
      subject: { type: "api_key", id: key.id },
      after: { formerUntil: formerUntil.toISOString() },
      requestId,
    });
    return { key, secret };
  });
}

/** Revokes one of the caller's keys; for administrators anybody's. It stops working at once. */
export async function revokeKey(
  deps: Pick<Deps, "transaction" | "clock">,
  { caller, keyId, requestId }: { caller: Caller; keyId: string; requestId: string },
): Promise<void> {
  requireTutor(caller);
  await deps.transaction(async ({ apiKeys, audit }) => {
    const ownerId = caller.role === ROLE.admin ? null : caller.id;
    const key = orNotFound(await apiKeys.revoke(keyId, ownerId, deps.clock()), "key that was not revoked");
    await audit.record({
      ...actorOf(caller),
      action: "api_key.revoke",
      subject: { type: "api_key", id: key.id },
      requestId,
    });
  });
}
