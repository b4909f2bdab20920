import type { Clock } from "../clock.ts";
import { DomainError } from "../errors.ts";
import type { Jobs } from "../jobs.ts";
import type { Files, Pictures } from "../media/ports.ts";
import { storePicture } from "../media/store_picture.ts";
import type { Transaction } from "../transaction.ts";
import { isEmailAddress, normaliseEmail } from "./email_address.ts";
import type { Limits } from "../limits/ports.ts";
import type { Caller, ProfileChange, Sessions, User, Users } from "./ports.ts";
import { requireRecentSignIn } from "./recent_sign_in.ts";
import { showAccount } from "./show_account.ts";

type Deps = {
  transaction: Transaction<{ users: Users; jobs: Jobs }>;
  users: Users;
  sessions: Sessions;
  limits: Limits;
  clock: Clock;
  pictures: Pictures;
  files: Files;
  newName: () => string;
};

/**
 * Changes what is given of the caller's own profile. The unchanged address may be sent along; another one becomes the account's only
 * when the link that is mailed to it has been followed, and asks for a recent sign-in.
 */
export async function changeProfile(
  deps: Deps,
  input: {
    caller: Caller;
    change: ProfileChange & { email?: string };
    avatar?: Uint8Array;
    isGone?(): boolean;
  },
): Promise<User> {
  const { email, ...change } = input.change;
  const user = await showAccount(deps, { userId: input.caller.id });
  const asked = email === undefined ? user.email : normaliseEmail(email);
  const wantsOther = asked !== user.email;
  if (wantsOther) {
    requireEmailAddress(asked);
    await requireRecentSignIn(deps, input.caller);
    await deps.limits.count({ limit: "link_of_account", of: user.id });
  }
  if (input.avatar) {
    const sender = { id: user.id, isGone: input.isGone };
    change.avatarKey = (await storePicture(deps, { kind: "avatar", bytes: input.avatar, sender })).key;
  }
  if (Object.keys(change).length === 0 && !wantsOther) return user;
  const changed = await deps.transaction(async ({ users, jobs }) => {
    if (change.avatarKey !== undefined && user.avatarKey) {
      await jobs.add({ kind: "delete_file", key: user.avatarKey });
    }
    return await users.changeProfile(user.id, tidy(change)) ?? user;
  });
  return wantsOther ? await askForConfirmation(deps, { user, email: asked }) : changed;
}

/** Text trimmed and in one Unicode spelling. */
export function tidy<Change extends Record<string, unknown>>(change: Change): Change {
  const entries = Object.entries(change).map(([field, value]) => [
    field,
    typeof value === "string" ? value.trim().normalize("NFC") : value,
  ]);
  return Object.fromEntries(entries) as Change;
}

/** Remembers the address that is wanted and mails a link to it. Whether somebody else has it shows when the link is followed. */
async function askForConfirmation(
  deps: Pick<Deps, "transaction">,
  { user, email }: { user: User; email: string },
): Promise<User> {
  return await deps.transaction(async ({ users, jobs }) => {
    const changed = await users.setPendingEmail(user.id, email);
    await jobs.add({ kind: "send_notice", notice: { kind: "confirm_email_change", userId: user.id } });
    return changed ?? user;
  });
}

/** Refuses what cannot be an address. */
export function requireEmailAddress(email: string): void {
  if (isEmailAddress(email)) return;
  const message = "Enter a valid e-mail address.";
  throw new DomainError("invalid_input", message, { fields: { email: [message] } });
}
