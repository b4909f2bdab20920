import type { Caller } from "../accounts/ports.ts";
import type { Clock } from "../clock.ts";
import { DomainError } from "../errors.ts";
import type { Limits } from "../limits/ports.ts";
import type { ApiKeys, KeySecrets, Scope } from "./ports.ts";

type Deps = {
  apiKeys: Pick<ApiKeys, "use">;
  keySecrets: Pick<KeySecrets, "hashOf">;
  limits: Pick<Limits, "count">;
  clock: Clock;
};

/**
 * Returns the caller who sends a key to an operation with this scope; null for an operation that takes no keys. Null
 * is returned for a key that does not work. Throws DomainError `insufficient_scope` if the key is not for this
 * operation, and `too_many_requests` beyond the key's own limit.
 */
export async function useKey(deps: Deps, secret: string, scope: Scope | null): Promise<Caller | null> {
  const hash = await deps.keySecrets.hashOf(secret);
  const holder = hash && await deps.apiKeys.use(hash, deps.clock());
  if (!holder) return null;
  if (scope === null) {
    throw new DomainError("insufficient_scope", "This operation takes no API keys. Sign in as a person.");
  }
  if (!holder.scopes.includes(scope)) {
    throw new DomainError("insufficient_scope", `This API key lacks the scope ${scope}.`);
  }
  await deps.limits.count({ limit: "call_of_key", of: holder.caller.keyId! });
  return holder.caller;
}
