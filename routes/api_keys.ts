import { createKey, listKeys, revokeKey, rotateKey } from "../domain/api_keys/manage_keys.ts";
import type { ApiKey } from "../domain/api_keys/ports.ts";
import type { Needs } from "../domain/needs.ts";
import type { Handlers } from "./http/contract_app.ts";
import { toDateOrNone } from "./http/moments.ts";
import { pageOf, rangeOf } from "./http/pages.ts";

/** How long a replaced key still works if the caller does not say, in seconds. */
const OVERLAP_SECONDS = 86_400;

/** Serves the management of API keys. */
export const apiKeyRoutes = (
  deps: Needs<typeof listKeys | typeof createKey | typeof rotateKey | typeof revokeKey>,
): Handlers<"listApiKeys" | "createApiKey" | "rotateApiKey" | "revokeApiKey"> => ({
  async listApiKeys(request) {
    const { caller, query } = request;
    const { count, keys } = await listKeys(deps, { caller, ownerId: query.owner, range: rangeOf(query) });
    return { status: 200, body: pageOf(request, count, keys.map(toWire)) };
  },

  async createApiKey({ caller, body, requestId }) {
    const { name, scopes, expires_at: end } = body;
    const { key, secret } = await createKey(deps, {
      caller,
      name,
      scopes,
      expiresAt: toDateOrNone(end ?? undefined) ?? null,
      requestId,
    });
    return { status: 201, body: { ...toWire(key), key: secret } };
  },

  async rotateApiKey({ caller, params, body, requestId }) {
    const { overlap_seconds: overlapSeconds = OVERLAP_SECONDS } = body;
    const { key, secret } = await rotateKey(deps, { caller, keyId: params.id, overlapSeconds, requestId });
    return { status: 200, body: { ...toWire(key), key: secret } };
  },

  async revokeApiKey({ caller, params, requestId }) {
    await revokeKey(deps, { caller, keyId: params.id, requestId });
    return { status: 204, body: undefined };
  },
});

function toWire(key: ApiKey) {
  return {
    id: key.id,
    name: key.name,
    start: key.start,
    scopes: key.scopes,
    owner: key.ownerId,
    created_at: key.createdAt.toISOString(),
    expires_at: key.expiresAt?.toISOString() ?? null,
    revoked_at: key.revokedAt?.toISOString() ?? null,
    last_used_at: key.lastUsedAt?.toISOString() ?? null,
  };
}
