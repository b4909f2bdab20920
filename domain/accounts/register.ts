import { DomainError } from "../errors.ts";
import type { Measurement, Visit, Visits } from "../analytics/ports.ts";
import { measureSignUp } from "../analytics/measure.ts";
import type { Jobs } from "../jobs.ts";
import { tidyText } from "../text.ts";
import type { Transaction } from "../transaction.ts";
import { newEmailAddress } from "./email_address.ts";
import type { Limits } from "../limits/ports.ts";
import { requireGoodPassword } from "./password_rule.ts";
import type { Passwords, PasswordStrength, ROLE, User, Users } from "./ports.ts";

type Deps = {
  transaction: Transaction<{ users: Users; visits: Visits; jobs: Jobs }>;
  passwords: Passwords;
  passwordStrength: PasswordStrength;
  limits: Limits;
  measurement: Measurement | null;
};

type Registration = {
  email: string;
  password: string;
  firstName: string;
  lastName: string;
  role: typeof ROLE.user | typeof ROLE.tutor;
  ipAddress: string;
  /** Given if the newcomer agrees to be measured. */
  visit?: Visit;
};

/**
 * Creates an account that can sign in at once, and mails a link that verifies its address. Registrations with an
 * address that already has an account are limited strictly. Accounts with a verified address no longer count, so that
 * a school behind one IP address can register, but a bot that creates accounts is stopped.
 */
export async function register(deps: Deps, input: Registration): Promise<User> {
  const email = newEmailAddress(input.email);
  const { ipAddress } = input;
  const newcomer = [
    { limit: "unverified_of_address", of: ipAddress },
    { limit: "new_account_of_address", of: ipAddress },
  ] as const;
  await deps.limits.check({ limit: "register_of_address", of: ipAddress }, ...newcomer);
  await deps.limits.count({ limit: "register_of_account", of: email });
  await requireGoodPassword(deps, { password: input.password, email });
  await deps.limits.count(...newcomer);
  const passwordHash = await deps.passwords.hash(input.password);
  const added = await deps.transaction(async (stores) => {
    const { users, jobs } = stores;
    const user = await users.add({
      email,
      passwordHash,
      firstName: tidyText(input.firstName),
      lastName: tidyText(input.lastName),
      role: input.role,
    });
    if (user) {
      await jobs.add(
        { kind: "send_notice", notice: { kind: "verify_email", userId: user.id } },
        { kind: "save_support_contact", userId: user.id },
      );
      if (deps.measurement && input.visit) await measureSignUp(stores, user, input.visit);
    }
    return user;
  });
  if (added) return added;
  await deps.limits.giveBack(...newcomer);
  await deps.limits.count({ limit: "register_of_address", of: ipAddress });
  throw emailTaken();
}

/** Creates the refusal of an address that belongs to another account. */
export function emailTaken(): DomainError {
  const message = "An account with this e-mail address exists already. Sign in instead.";
  return new DomainError("email_taken", message, { fields: { email: [message] } });
}
