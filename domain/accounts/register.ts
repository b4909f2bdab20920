import { DomainError } from "../errors.ts";
import type { Jobs } from "../jobs.ts";
import type { Transaction } from "../transaction.ts";
import { normaliseEmail } from "./email_address.ts";
import { type Passwords, ROLE, type User, type Users } from "./ports.ts";

type Deps = { transaction: Transaction<{ users: Users; jobs: Jobs }>; passwords: Passwords };

/** Creates an account that can sign in at once, and mails a link that verifies its address. */
export async function register(
  deps: Deps,
  input: { email: string; password: string; firstName: string; lastName: string },
): Promise<User> {
  const passwordHash = await deps.passwords.hash(input.password);
  return await deps.transaction(async ({ users, jobs }) => {
    const user = await users.add({
      email: normaliseEmail(input.email),
      passwordHash,
      firstName: input.firstName.trim().normalize("NFC"),
      lastName: input.lastName.trim().normalize("NFC"),
      role: ROLE.user,
    });
    if (!user) {
      const message = "An account with this e-mail address exists already. Sign in instead.";
      throw new DomainError("email_taken", message, { fields: { email: [message] } });
    }
    await jobs.add({ kind: "send_notice", notice: { kind: "verify_email", userId: user.id } });
    return user;
  });
}
