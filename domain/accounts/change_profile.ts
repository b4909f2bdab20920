import type { Jobs } from "../jobs.ts";
import type { Files, Pictures } from "../media/ports.ts";
import { storePicture } from "../media/store_picture.ts";
import { tidyFields } from "../text.ts";
import type { Transaction } from "../transaction.ts";
import { newEmailAddress, normaliseEmail } from "./email_address.ts";
import type { Limits } from "../limits/ports.ts";
import { countLetter } from "./links.ts";
import { requireOwnPassword } from "./own_password.ts";
import type { Caller, Passwords, ProfileChange, User, Users } from "./ports.ts";
import { showAccount } from "./show_account.ts";

type Deps = {
  transaction: Transaction<{ users: Users; jobs: Jobs }>;
  users: Users;
  passwords: Pick<Passwords, "verify">;
  limits: Limits;
  pictures: Pictures;
  files: Files;
  randomName: () => string;
};

/**
 * Changes the given fields of the caller's own profile. The unchanged e-mail address may be included. A new one
 * requires the password, and takes effect once the link that is mailed to it has been followed.
 */
export async function changeProfile(
  deps: Deps,
  input: {
    caller: Caller;
    change: ProfileChange & { email?: string };
    password?: string;
    avatar?: Uint8Array;
    isGone?(): boolean;
  },
): Promise<User> {
  const { email, ...change } = input.change;
  const user = await showAccount(deps, { userId: input.caller.id });
  const asked = email === undefined ? user.email : normaliseEmail(email);
  const wantsOther = asked !== user.email;
  if (wantsOther) {
    newEmailAddress(asked);
    const { caller, password } = input;
    await requireOwnPassword(deps, { caller, password });
    await countLetter(deps, { account: user.id, ipAddress: null });
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
    if (changesName(change)) await jobs.add({ kind: "save_support_contact", userId: user.id });
    return await users.changeProfile(user.id, tidyFields(change)) ?? user;
  });
  return wantsOther ? await askForConfirmation(deps, { user, email: asked }) : changed;
}

/** Returns whether a change of a profile includes the name. */
export const changesName = ({ firstName, lastName }: ProfileChange) =>
  firstName !== undefined || lastName !== undefined;

/**
 * Stores the new address and mails a link to it. Whether another account has it is checked when the link is followed.
 */
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
