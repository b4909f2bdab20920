import { jwtVerify, SignJWT } from "jose";
import { LRUCache } from "lru-cache";
import {
  ACCESS_TOKEN_SECONDS,
  type Caller,
  LINK_SECONDS,
  type LinkPurpose,
  type Role,
  type Tokens,
} from "../../domain/accounts/ports.ts";

const ALGORITHM = "HS256";
const ISSUER = "11tutors";
/**
 * The number of verified access tokens that are cached: verifying a signature costs as much as the rest of a request
 * (measured).
 */
const KNOWN_TOKENS = 10_000;
/** One audience per kind of token, so that none is accepted as another. */
type Audience = "access" | "refresh" | LinkPurpose;

/**
 * Returns JSON Web Tokens, signed with HS256 only, by the first secret. The other secrets still verify, while secrets
 * are rotated. Throws if a secret is shorter than the 32 bytes that RFC 7518 (3.2) requires for HS256.
 */
export function joseTokens(
  secrets: [string, ...string[]],
  clock: () => Date = () => new Date(),
): Tokens {
  const keys = secrets.map((secret) => new TextEncoder().encode(secret));
  if (keys.some((key) => key.length < 32)) {
    throw new Error("The token secret must be at least 32 bytes long.");
  }

  async function issue(
    audience: Audience,
    subject: string,
    claims: Record<string, unknown>,
    expiresAt: Date,
  ) {
    return await new SignJWT(claims)
      .setProtectedHeader({ alg: ALGORITHM, typ: "JWT" })
      .setIssuer(ISSUER)
      .setAudience(audience)
      .setSubject(subject)
      .setIssuedAt(clock())
      .setExpirationTime(expiresAt)
      .sign(keys[0]!);
  }
  async function read(audience: Audience, token: string) {
    for (const key of keys) {
      try {
        const { payload } = await jwtVerify(token, key, {
          algorithms: [ALGORITHM],
          issuer: ISSUER,
          audience,
          requiredClaims: ["sub", "exp"],
          currentDate: clock(),
        });
        return payload;
      } catch {
        // perhaps the other secret signed it
      }
    }
    return null;
  }
  const known = new LRUCache<string, { caller: Caller; expiresAt: number }>({ max: KNOWN_TOKENS });
  const inSeconds = (seconds: number) => new Date(clock().getTime() + seconds * 1000);

  return {
    issueAccess: ({ id, role, signInId }) =>
      issue("access", id, { role, sid: signInId }, inSeconds(ACCESS_TOKEN_SECONDS)),
    async readAccess(token) {
      const seen = known.get(token);
      if (seen && clock().getTime() < seen.expiresAt) return seen.caller;
      const claims = await read("access", token);
      if (!claims) return null;
      const caller = { id: claims.sub!, role: claims.role as Role, signInId: claims.sid as string };
      known.set(token, { caller, expiresAt: claims.exp! * 1000 });
      return caller;
    },
    issueRefresh: ({ id, userId, expiresAt }) => issue("refresh", userId, { sid: id }, expiresAt),
    async readRefresh(token) {
      const claims = await read("refresh", token);
      return claims && { signInId: claims.sid as string, userId: claims.sub! };
    },
    issueLink: (purpose, { userId, email, version }, seconds = LINK_SECONDS[purpose]) =>
      issue(purpose, userId, { email, version }, inSeconds(seconds)),
    async readLink(purpose, token) {
      const claims = await read(purpose, token);
      return claims &&
        { userId: claims.sub!, email: claims.email as string, version: claims.version as number };
    },
  };
}
