import type { Clock } from "../clock.ts";
import { newEmailAddress } from "./email_address.ts";
import { requireGoodPassword } from "./password_rule.ts";
import type { Passwords, PasswordStrength, Role, Sessions, User, Users } from "./ports.ts";

type Deps = {
  users: Pick<Users, "upsertVerified">;
  sessions: Pick<Sessions, "endAll">;
  passwords: Pick<Passwords, "hash">;
  strength: PasswordStrength;
  clock: Clock;
};

/**
 * An operator's way in: creates an account or gives the existing one this password and role and signs out its devices;
 * verified either way. Throws DomainError `invalid_input` when the address can be none or the password is weak.
 */
export async function saveUser(
  { users, sessions, passwords, strength, clock }: Deps,
  input: { email: string; password: string; role: Role },
): Promise<User> {
  const email = newEmailAddress(input.email);
  await requireGoodPassword({ strength }, { password: input.password, email });
  const passwordHash = await passwords.hash(input.password);
  const user = await users.upsertVerified({
    email,
    passwordHash,
    firstName: "",
    lastName: "",
    role: input.role,
  });
  await sessions.endAll(user.id, clock());
  return user;
}
