import { jwtVerify, SignJWT } from "jose";
import { TOPICS, type UnsubscribeTokens } from "../../domain/notifications/ports.ts";

const ALGORITHM = "HS256";
const AUDIENCE = "unsubscribe";

/** Unsubscribe links' tokens: JSON Web Tokens as short as they go, for no purpose but this one. */
export function joseUnsubscribeTokens(secret: string): UnsubscribeTokens {
  const key = new TextEncoder().encode(secret);
  return {
    issue: ({ userId, topic }) =>
      new SignJWT({ topic }).setProtectedHeader({ alg: ALGORITHM }).setAudience(AUDIENCE).setSubject(userId)
        .sign(key),
    async read(token) {
      try {
        const { payload } = await jwtVerify(token, key, { algorithms: [ALGORITHM], audience: AUDIENCE });
        const topic = TOPICS.find((known) => known === payload.topic);
        return payload.sub && topic ? { userId: payload.sub, topic } : null;
      } catch {
        return null;
      }
    },
  };
}
