import { type AuthorshipStores, endAuthorship } from "../authoring/leave_courses.ts";
import type { Clock } from "../clock.ts";
import type { Transaction } from "../transaction.ts";
import { losesPowers } from "./change_user.ts";
import { newEmailAddress } from "./email_address.ts";
import { requireGoodPassword } from "./password_rule.ts";
import {
  type Passwords,
  type PasswordStrength,
  ROLE,
  type Role,
  type Sessions,
  type User,
  type Users,
} from "./ports.ts";

type Deps = {
  transaction: Transaction<AuthorshipStores & { users: Users; sessions: Sessions }>;
  passwords: Pick<Passwords, "hash">;
  passwordStrength: PasswordStrength;
  clock: Clock;
};

/**
 * Creates an account for an operator, or gives the existing one this password and role and signs out its devices. The
 * account is verified either way. Everything that depends on rights that the role no longer has ends. Throws
 * DomainError `invalid_input` when the address is not well-formed or the password is weak.
 */
export async function saveUser(
  { transaction, passwords, passwordStrength, clock }: Deps,
  input: { email: string; password: string; role: Role },
): Promise<User> {
  const email = newEmailAddress(input.email);
  await requireGoodPassword({ passwordStrength }, { password: input.password, email });
  const passwordHash = await passwords.hash(input.password);
  return await transaction(async (stores) => {
    const former = await stores.users.credentials({ email });
    const user = await stores.users.upsertVerified({
      email,
      passwordHash,
      firstName: "",
      lastName: "",
      role: input.role,
    });
    await stores.jobs.add({ kind: "save_support_contact", userId: user.id });
    await stores.sessions.endAll(user.id, clock());
    if (former && losesPowers(former.user.role, user.role)) {
      await endAuthorship(stores, { userId: user.id, isForGood: losesPowers(ROLE.tutor, user.role) });
    }
    return user;
  });
}
