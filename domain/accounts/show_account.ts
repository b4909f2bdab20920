import { DomainError } from "../errors.ts";
import type { User, Users } from "./ports.ts";

/** The user's own account; refused when it was erased or deactivated after the access token was issued. */
export async function showAccount(deps: { users: Users }, input: { userId: string }): Promise<User> {
  const user = await deps.users.byId(input.userId);
  if (!user || user.deactivatedAt) {
    throw new DomainError("not_authenticated", "This account can no longer be used.");
  }
  return user;
}
