import { DomainError } from "../errors.ts";
import type { PasswordStrength } from "./ports.ts";
import { isBlank } from "../text.ts";

const SHORTEST = 8;
/** A local part shorter than this says nothing about whose it is. */
const TELLING_LENGTH = 4;

/** Whether the password contains the e-mail address, or its part before the @. */
export function containsAddress(password: string, email: string): boolean {
  const text = password.normalize("NFC").toLowerCase();
  const local = email.split("@")[0]!;
  return text.includes(email) || (local.length >= TELLING_LENGTH && text.includes(local));
}

/** Refuses a password that is easily guessed or has the account's address in it; `field` is what the input calls it. */
export async function requireGoodPassword(
  deps: { passwordStrength: PasswordStrength },
  input: { password: string; email: string; field?: string },
): Promise<void> {
  const { email, field = "password" } = input;
  const password = input.password.normalize("NFC"); // as it is hashed: letters count once, however they were typed
  const message = [...password].length < SHORTEST || isBlank(password)
    ? `Use at least ${SHORTEST} characters.`
    : containsAddress(password, email)
    ? "Use a password that does not contain your e-mail address."
    : await deps.passwordStrength.isGuessable(password)
    ? "This password is among the first that somebody would try. Use three or four words that do not belong together."
    : null;
  if (message) throw new DomainError("invalid_input", message, { fields: { [field]: [message] } });
}
