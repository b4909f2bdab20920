import { performHashTask } from "../../adapters/argon2/hashing.ts";
import { argon2Passwords } from "../../adapters/argon2/passwords.ts";

/** What everybody's password is. */
export const PASSWORD = "correct-horse";

/**
 * argon2id at the lowest cost and without a thread, and refusals at once: what they cost in production is tested in
 * tests/adapters/secrets_test.ts.
 */
export const passwords = argon2Passwords({
  cost: { memoryKib: 8, iterations: 1 },
  refusalMs: 0,
  perform: performHashTask,
});
export const PASSWORD_HASH = await passwords.hash(PASSWORD);
