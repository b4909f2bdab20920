import { createHmac, randomInt, timingSafeEqual } from "node:crypto";
import type { SmsCodes } from "../../domain/notifications/sms/ports.ts";

const DIGITS = 6;

/**
 * Returns codes of six digits and their hashes: HMAC-SHA-256, because a plain hash of so few digits is guessed from a
 * copy of the database. The first secret makes hashes; the others still verify, while secrets are rotated.
 */
export function hmacSmsCodes(secrets: [string, ...string[]]): SmsCodes {
  const hashOf = (secret: string, userId: string, code: string) =>
    createHmac("sha256", secret).update(`sms_code ${userId} ${code}`).digest("base64url");
  return {
    create(userId) {
      const code = String(randomInt(10 ** DIGITS)).padStart(DIGITS, "0");
      return { code, hash: hashOf(secrets[0], userId, code) };
    },
    matches(userId, code, hash) {
      const bytes = new TextEncoder().encode(hash);
      return secrets.some((secret) => {
        const own = new TextEncoder().encode(hashOf(secret, userId, code));
        return own.length === bytes.length && timingSafeEqual(own, bytes);
      });
    },
  };
}
