import { argon2Passwords } from "../../adapters/argon2/passwords.ts";

/** What everybody's password is. */
export const PASSWORD = "correct-horse";

/**
 * argon2id at the lowest cost, and refusals at once: what they cost in production is tested in tests/adapters/secrets_test.ts.
 * One for all shops of a file, and at work before the first test, which may leave no thread behind.
 */
export const passwords = argon2Passwords({ cost: { memoryKib: 8, iterations: 1 }, refusalMs: 0 });
export const PASSWORD_HASH = await passwords.hash(PASSWORD);
