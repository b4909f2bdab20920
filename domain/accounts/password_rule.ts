import { DomainError } from "../errors.ts";
import type { PasswordStrength } from "./ports.ts";
import { isBlank } from "../text.ts";

const SHORTEST = 8;
/** A local part shorter than this does not identify anybody. */
const TELLING_LENGTH = 4;

/** Returns whether the password contains the e-mail address, or its part before the @. */
export function containsAddress(password: string, email: string): boolean {
  const text = password.normalize("NFC").toLowerCase();
  const local = email.split("@")[0]!;
  return text.includes(email) || (local.length >= TELLING_LENGTH && text.includes(local));
}

/**
 * Throws DomainError `invalid_input` for a password that is easily guessed or contains the account's address. `field`
 * is its name in the input.
 */
export async function requireGoodPassword(
  deps: { passwordStrength: PasswordStrength },
  input: { password: string; email: string; field?: string },
): Promise<void> {
  const { email, field = "password" } = input;
  const password = input.password.normalize("NFC"); // as it is hashed, so that composed letters count once
  const message = [...password].length < SHORTEST || isBlank(password)
    ? `Use at least ${SHORTEST} characters.`
    : containsAddress(password, email)
    ? "Use a password that does not contain your e-mail address."
    : await deps.passwordStrength.isGuessable(password)
    ? "This password is among the first that somebody would try. Use three or four words that do not belong together."
    : null;
  if (message) throw new DomainError("invalid_input", message, { fields: { [field]: [message] } });
}
