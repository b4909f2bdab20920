import type { KeySecrets } from "../../domain/api_keys/ports.ts";

const LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/** As many letters have 256 random bits. */
const LENGTH = 43;
const CHECK = 6;
const SECRET = new RegExp(`^(11t_(?:live|test)_[0-9A-Za-z]{${LENGTH}})([0-9a-f]{${CHECK}})$`);
/** How much of a secret is shown to recognise it: the prefix and four letters. */
const SHOWN = "11t_live_".length + 4;

/**
 * Returns the secrets of API keys: a prefix that scanners for leaked secrets find, random letters, and a checksum, so
 * that a mistyped one is no query. They are as random as a hash, so a plain SHA-256 is what is stored.
 */
export function webCryptoKeySecrets({ isLive }: { isLive: boolean }): KeySecrets {
  return {
    async issue() {
      const body = `11t_${isLive ? "live" : "test"}_${randomLetters()}`;
      const secret = body + await checksum(body);
      return { secret, start: secret.slice(0, SHOWN), hash: await sha256(secret) };
    },

    async hashOf(secret) {
      const [, body, check] = secret.match(SECRET) ?? [];
      if (body === undefined || await checksum(body) !== check) return null;
      return await sha256(secret);
    },
  };
}

function randomLetters(): string {
  let letters = "";
  while (letters.length < LENGTH) {
    for (const byte of crypto.getRandomValues(new Uint8Array(LENGTH))) {
      // A byte beyond the last multiple would make the first letters more likely.
      if (byte < 4 * LETTERS.length && letters.length < LENGTH) letters += LETTERS[byte % LETTERS.length];
    }
  }
  return letters;
}

const sha256 = async (text: string) =>
  new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)));

const checksum = async (body: string) => (await sha256(body)).toHex().slice(0, CHECK);
