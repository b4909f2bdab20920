import { DomainError } from "../errors.ts";
import type { Jobs } from "../jobs.ts";
import type { Transaction } from "../transaction.ts";
import { emailTaken } from "./register.ts";
import type { Limits } from "../limits/ports.ts";
import type { Credentials, LinkClaim, LinkPurpose, Sessions, Tokens, Users } from "./ports.ts";
import { showAccount } from "./show_account.ts";

type Deps = {
  transaction: Transaction<{ users: Users; sessions: Sessions; jobs: Jobs }>;
  users: Users;
  tokens: Tokens;
  limits: Limits;
};
type Followed = { token: string; ipAddress: string };

/** Mails the caller another link to verify their address. Does nothing if it is verified. */
export async function resendVerification(
  deps: Deps,
  input: { userId: string; ipAddress: string },
): Promise<void> {
  const user = await showAccount(deps, input);
  if (user.emailVerifiedAt) return;
  await countLetter(deps, { account: user.id, ipAddress: input.ipAddress });
  await deps.transaction(({ jobs }) =>
    jobs.add({ kind: "send_notice", notice: { kind: "verify_email", userId: user.id } })
  );
}

/** Counts a mail with a link against the limit of its requester. */
export async function countLetter(
  { limits }: { limits: Limits },
  { account, ipAddress }: { account: string; ipAddress: string | null },
): Promise<void> {
  await limits.count(
    { limit: "link_of_account", of: account },
    { limit: "daily_link_of_account", of: account },
    ...(ipAddress === null ? [] : [{ limit: "link_of_address", of: ipAddress } as const]),
  );
}

/** Marks the address in a verification link as verified and welcomes its owner. The link works once. */
export async function verifyEmail(deps: Deps, input: Followed): Promise<{ email: string }> {
  const { userId, email } = await requireLink(deps, "verify_email", input);
  await deps.transaction(async ({ users, jobs }) => {
    if (!(await users.markEmailVerified(userId, email))) throw invalidLink();
    await jobs.add({ kind: "send_notice", notice: { kind: "welcome", userId } });
  });
  await deps.limits.giveBack({ limit: "unverified_of_address", of: input.ipAddress });
  return { email };
}

/**
 * Changes an account's address to the one that the link was mailed to, and notifies the former one. The link works
 * once.
 */
export async function confirmEmailChange(deps: Deps, input: Followed): Promise<{ email: string }> {
  const { userId, email } = await requireLink(deps, "change_email", input);
  await deps.transaction(async ({ users, jobs }) => {
    const outcome = await users.confirmPendingEmail(userId, email);
    if (outcome === "stale") throw invalidLink();
    if (outcome === "taken") throw emailTaken();
    const { formerEmail } = outcome;
    await jobs.add(
      { kind: "send_notice", notice: { kind: "email_changed", userId, formerEmail } },
      { kind: "save_support_contact", userId },
    );
  });
  return { email };
}

/** Returns whether a link would still work, without using it. Pages check this before they show their button. */
export async function checkLink(deps: Deps, input: Followed & { purpose: LinkPurpose }): Promise<LinkClaim> {
  return await requireLink(deps, input.purpose, input);
}

/**
 * Returns what a mailed link proves, if the account has not changed since it was issued. Only tokens that the shop
 * did not sign count against the limit.
 */
export async function requireLink(
  deps: Pick<Deps, "users" | "tokens" | "limits">,
  purpose: LinkPurpose,
  { token, ipAddress }: Followed,
): Promise<LinkClaim> {
  const claim = await deps.tokens.readLink(purpose, token);
  if (!claim) {
    await deps.limits.count({ limit: "follow_of_address", of: ipAddress });
    throw invalidLink();
  }
  const found = await deps.users.credentials({ id: claim.userId });
  if (!found || !linkHolds(purpose, claim, found)) throw invalidLink();
  return claim;
}

/**
 * Returns whether a link is still valid. It is void once it has been used, or after certain other changes of the
 * account.
 */
export function linkHolds(purpose: LinkPurpose, claim: LinkClaim, { user, version }: Credentials): boolean {
  if (user.deactivatedAt) return false;
  switch (purpose) {
    case "verify_email":
      return claim.email === user.email && user.emailVerifiedAt === null;
    case "change_email":
      return claim.email === user.pendingEmail && claim.version === version;
    case "reset_password":
      return claim.email === user.email && claim.version === version;
  }
}

export function invalidLink(): DomainError {
  return new DomainError(
    "invalid_link",
    "This link has already been used, has expired or is incomplete. Request a new one.",
  );
}
