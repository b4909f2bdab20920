import { timingSafeEqual } from "node:crypto";
import { argon2id, argon2Verify } from "hash-wasm";

/** The cost of a hash. */
export type Argon2Cost = { memoryKib: number; iterations: number };

export type HashTask =
  | { task: "hash"; password: string; cost: Argon2Cost }
  | { task: "verify"; password: string; hash: string };

/** Creates an argon2id hash, or checks a password against a hash of argon2id or of Django's pbkdf2. */
export async function performHashTask(request: HashTask): Promise<string | boolean> {
  if (request.task === "verify") {
    const { password, hash } = request;
    return hash.startsWith("pbkdf2_sha256$")
      ? await verifyPbkdf2(password, hash)
      : await argon2Verify({ password, hash });
  }
  return await argon2id({
    password: request.password,
    salt: crypto.getRandomValues(new Uint8Array(16)),
    memorySize: request.cost.memoryKib,
    iterations: request.cost.iterations,
    parallelism: 1,
    hashLength: 32,
    outputType: "encoded",
  });
}

/**
 * Checks a password against Django's format: `pbkdf2_sha256$<iterations>$<salt>$<hash in base64>`
 * (django.contrib.auth.hashers).
 */
async function verifyPbkdf2(password: string, encoded: string): Promise<boolean> {
  const [, iterations, salt, hash] = encoded.split("$");
  const expected = Uint8Array.from(atob(hash!), (character) => character.charCodeAt(0));
  const text = new TextEncoder();
  const key = await crypto.subtle.importKey("raw", text.encode(password), "PBKDF2", false, ["deriveBits"]);
  const bits = await crypto.subtle.deriveBits(
    { name: "PBKDF2", hash: "SHA-256", salt: text.encode(salt), iterations: Number(iterations) },
    key,
    expected.length * 8,
  );
  return timingSafeEqual(new Uint8Array(bits), expected);
}
