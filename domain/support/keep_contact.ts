import { ROLE, type Role, type User, type Users } from "../accounts/ports.ts";
import { DomainError } from "../errors.ts";
import type { Jobs } from "../jobs.ts";
import type { Transaction } from "../transaction.ts";
import { contactName } from "./contact_name.ts";
import type { SupportContact, SupportContacts, SupportDesk } from "./ports.ts";

type Log = { warn(message: string, fields: Record<string, unknown>): void };
type Deps = {
  /** Null if the shop has no such tool. */
  supportDesk: SupportDesk | null;
  supportContacts: SupportContacts;
  users: Pick<Users, "byId">;
  transaction: Transaction<{ jobs: Jobs }>;
  log: Log;
};

/**
 * Brings the support team's contact up to date with an account. Does nothing for an erased one. If it is erased
 * meanwhile, the contact is deleted again.
 */
export async function saveContact(deps: Deps, { userId }: { userId: string }): Promise<void> {
  const { supportDesk, supportContacts, users, transaction, log } = deps;
  const user = supportDesk && await users.byId(userId);
  if (!user) return;
  const saved = await supportDesk.save(contactOf(user));
  if ("contactId" in saved) await supportContacts.note(userId, saved.contactId);
  else log.warn("support contact refused", { userId, reason: saved.refused });
  if (await users.byId(userId)) return;
  await transaction(({ jobs }) => jobs.add({ kind: "remove_support_contact", userId }));
}

/** Deletes the support team's contact of an erased account. Throws, to be called again, until there is none. */
export async function removeContact(
  { supportDesk, supportContacts }: Pick<Deps, "supportDesk" | "supportContacts">,
  { userId }: { userId: string },
): Promise<void> {
  if (!supportDesk) return;
  const contact = { userId, contactId: await supportContacts.idOf(userId) };
  if (!(await supportDesk.remove(contact)) && !(await supportDesk.remove(contact))) {
    throw new DomainError(
      "vendor_unavailable",
      "The support tool still has the contact of an erased account.",
    );
  }
  await supportContacts.forget(userId);
}

const ROLE_NAMES: Record<Role, SupportContact["role"]> = {
  [ROLE.admin]: "administrator",
  [ROLE.tutor]: "tutor",
  [ROLE.student]: "student",
  [ROLE.user]: "user",
};

function contactOf(user: User): SupportContact {
  return {
    userId: user.id,
    email: user.email,
    name: contactName(user),
    role: ROLE_NAMES[user.role],
    signedUpAt: user.createdAt,
  };
}
