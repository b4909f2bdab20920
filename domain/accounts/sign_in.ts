import type { Clock } from "../clock.ts";
import { DomainError } from "../errors.ts";
import type { Jobs } from "../jobs.ts";
import type { Transaction } from "../transaction.ts";
import { normaliseEmail } from "./email_address.ts";
import type { Limits } from "../limits/ports.ts";
import {
  type Credentials,
  type Passwords,
  REFRESH_TOKEN_SECONDS,
  type Sessions,
  type Tokens,
  type Users,
} from "./ports.ts";

type Deps = {
  transaction: Transaction<{ sessions: Sessions; jobs: Jobs }>;
  users: Users;
  sessions: Sessions;
  passwords: Passwords;
  tokens: Tokens;
  limits: Limits;
  clock: Clock;
};

type Attempt = { email: string; password: string; userAgent: string; device: string; ipAddress: string };

/**
 * Opens a session for a correct address and password: an access token for an hour, a refresh token for seven days.
 * The owner is notified of a device that they have not used recently. A password with an outdated hash is hashed
 * again.
 */
export async function signIn(deps: Deps, input: Attempt): Promise<{ access: string; refresh: string }> {
  const { user, passwordHash } = await requireCredentials(deps, input);
  if (await deps.passwords.isOutdated(input.password, passwordHash)) {
    await deps.users.rehash(user.id, passwordHash, await deps.passwords.hash(input.password));
  }
  const { userAgent, device, ipAddress } = input;
  const expiresAt = new Date(deps.clock().getTime() + REFRESH_TOKEN_SECONDS * 1000);
  const signInId = await deps.transaction(async ({ sessions, jobs }) => {
    const { id, isNewDevice } = await sessions.open({
      userId: user.id,
      expiresAt,
      userAgent,
      device,
      ipAddress,
    });
    if (isNewDevice) await jobs.add({ kind: "send_notice", notice: { kind: "new_sign_in", sessionId: id } });
    return id;
  });
  return {
    access: await deps.tokens.issueAccess({ id: user.id, role: user.role, signInId }),
    refresh: await deps.tokens.issueRefresh({ id: signInId, userId: user.id, expiresAt }),
  };
}

/**
 * Returns the account with this password. Wrong passwords are limited strictly; correct ones only so that they cannot
 * fill the table of sessions, because many devices may sign in at once. The limit is checked again after a correct
 * password, so that concurrent guesses are counted one by one.
 */
async function requireCredentials(deps: Deps, input: Attempt): Promise<Credentials> {
  const { limits } = deps;
  const email = normaliseEmail(input.email);
  const here = { limit: "sign_in_of_account", of: `${email} ${input.ipAddress}` } as const;
  const anywhere = { limit: "sign_in_of_account_anywhere", of: email } as const;
  const fromAddress = { limit: "sign_in_of_address", of: input.ipAddress } as const;
  const sessions = { limit: "session_of_account", of: email } as const;
  async function checkLimits() {
    await limits.check(here, fromAddress, sessions);
    try {
      await limits.check(anywhere);
    } catch (error) {
      // Guesses from elsewhere must not lock the owner out.
      if (!(await deps.sessions.knowsIpAddress(email, input.ipAddress))) throw error;
    }
  }

  await checkLimits();
  const found = await deps.users.credentials({ email });
  const matches = await deps.passwords.verify(input.password, found?.passwordHash ?? null);
  if (!found || !matches || found.user.deactivatedAt) {
    await limits.count(here, anywhere, fromAddress);
    throw new DomainError("wrong_credentials", "No active account found with the given credentials");
  }
  await checkLimits();
  await limits.count(sessions);
  await limits.clear(here);
  return found;
}
