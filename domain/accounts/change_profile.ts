import { DomainError } from "../errors.ts";
import { normaliseEmail } from "./email_address.ts";
import type { ProfileChange, User, Users } from "./ports.ts";

/** Changes what is given of the user's own profile. The unchanged address may be sent along; another is refused. */
export async function changeProfile(
  deps: { users: Users },
  input: { userId: string; change: ProfileChange & { email?: string } },
): Promise<User> {
  const { email, ...change } = input.change;
  const user = await showAccount(deps, input);
  if (email !== undefined && normaliseEmail(email) !== user.email) {
    throw new DomainError("invalid_input", "The e-mail address of an account cannot be changed here.", {
      fields: { email: ["The e-mail address of an account cannot be changed here."] },
    });
  }
  const tidy = Object.fromEntries(
    Object.entries(change).map(([field, text]) => [field, text.trim().normalize("NFC")]),
  );
  return Object.keys(tidy).length === 0 ? user : await deps.users.changeProfile(user.id, tidy) ?? user;
}

/** The user's own account; refused when it was deleted after the access token was issued. */
export async function showAccount(deps: { users: Users }, input: { userId: string }): Promise<User> {
  const user = await deps.users.byId(input.userId);
  if (!user) throw new DomainError("not_authenticated", "This account no longer exists.");
  return user;
}
