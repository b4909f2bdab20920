import { jwtVerify, SignJWT } from "jose";
import { TOPICS, type UnsubscribeTokens } from "../../domain/notifications/ports.ts";

const ALGORITHM = "HS256";
const AUDIENCE = "unsubscribe";

/**
 * Returns tokens for unsubscribe links: minimal JSON Web Tokens for this purpose only. The first secret signs; the
 * others still verify, while secrets are rotated.
 */
export function joseUnsubscribeTokens(secrets: [string, ...string[]]): UnsubscribeTokens {
  const keys = secrets.map((secret) => new TextEncoder().encode(secret));
  return {
    issue: ({ userId, topic }) =>
      new SignJWT({ topic }).setProtectedHeader({ alg: ALGORITHM }).setAudience(AUDIENCE).setSubject(userId)
        .sign(keys[0]!),
    async read(token) {
      for (const key of keys) {
        try {
          const { payload } = await jwtVerify(token, key, { algorithms: [ALGORITHM], audience: AUDIENCE });
          const topic = TOPICS.find((known) => known === payload.topic);
          return payload.sub && topic ? { userId: payload.sub, topic } : null;
        } catch {
          // perhaps the other secret signed it
        }
      }
      return null;
    },
  };
}
