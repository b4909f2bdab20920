import { timingSafeEqual } from "node:crypto";
import { argon2id, argon2Verify } from "hash-wasm";

/** The cost of a hash. */
export type Argon2Cost = { memoryKib: number; iterations: number };

export type HashTask =
  | { task: "hash"; password: string; cost: Argon2Cost }
  | { task: "verify"; password: string; hash: string };

/** Base64 without padding. */
const BYTES = "(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2,3})?";
const ARGON2ID = new RegExp(
  String
    .raw`^\$argon2id\$v=19\$m=(\d{1,6}),t=[1-9]\d?,p=([1-9])\$(?=[^$]{11})${BYTES}\$(?=[^$]{16})${BYTES}$`,
);
const PBKDF2_SHA256 = /^pbkdf2_sha256\$[1-9]\d{0,6}\$[^$]+\$[A-Za-z0-9+/]{43}=$/;

/**
 * Returns whether a text is a hash that can be checked: argon2id or Django's pbkdf2_sha256, at a cost below 1 GB of
 * memory and 10 million iterations.
 */
export function isPasswordHash(text: string): boolean {
  const [, memoryKib, lanes] = text.match(ARGON2ID) ?? [];
  return Number(memoryKib) >= 8 * Number(lanes) || PBKDF2_SHA256.test(text);
}

/** Creates an argon2id hash, or checks a password against a hash that satisfies `isPasswordHash`. */
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
