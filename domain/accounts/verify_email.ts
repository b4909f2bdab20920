import { DomainError } from "../errors.ts";
import type { Tokens, Users } from "./ports.ts";

/** Marks the address in a verification link as verified. Following the link again is harmless. */
export async function verifyEmail(
  deps: { users: Users; tokens: Tokens },
  input: { token: string },
): Promise<{ email: string }> {
  const claim = await deps.tokens.readEmailVerification(input.token);
  if (!claim || !(await deps.users.markEmailVerified(claim.userId, claim.email))) {
    throw new DomainError("invalid_link", "This link is invalid or has expired. Ask for a new one.");
  }
  return { email: claim.email };
}
