import type { AccessLedger } from "../access/ports.ts";
import { type Actor, actorOf } from "../audit/actor.ts";
import type { AuditLog } from "../audit/ports.ts";
import { type AuthorshipStores, endAuthorship } from "../authoring/leave_courses.ts";
import { endNeeds } from "../checkout/give_up.ts";
import type { Orders } from "../checkout/ports.ts";
import type { Clock } from "../clock.ts";
import { DomainError, noSuch, orNotFound } from "../errors.ts";
import type { Limits } from "../limits/ports.ts";
import type { Files, Pictures } from "../media/ports.ts";
import { tidyFields } from "../text.ts";
import type { Transaction } from "../transaction.ts";
import { changeProfile, changesName } from "./change_profile.ts";
import { newEmailAddress, normaliseEmail } from "./email_address.ts";
import {
  type AccountStanding,
  type Caller,
  type Passwords,
  type People,
  type ProfileChange,
  ROLE,
  type Role,
  type Sessions,
  type User,
  type Users,
} from "./ports.ts";
import { showAccount } from "./show_account.ts";

type Stores = AuthorshipStores & {
  users: Users;
  people: People;
  sessions: Sessions;
  accessLedger: Pick<AccessLedger, "suspend">;
  orders: Pick<Orders, "abandon" | "lockUnneeded">;
  audit: AuditLog;
};
type Deps = {
  transaction: Transaction<Stores>;
  users: Users;
  passwords: Pick<Passwords, "verify">;
  limits: Limits;
  clock: Clock;
  pictures: Pictures;
  files: Files;
  randomName: () => string;
};

export type UserChange = {
  profile: ProfileChange & { email?: string };
  /** The caller's own password, required to change their e-mail address. */
  password?: string;
  /** Ignored unless the caller is an administrator. */
  standing: Partial<AccountStanding>;
};

/**
 * Returns an account by its id: the caller's own, or any for administrators. Throws DomainError `not_found` for all
 * others.
 */
export async function showUser(
  deps: { users: Users },
  { caller, userId }: { caller: Caller; userId: string },
): Promise<User> {
  if (userId === caller.id) return await showAccount(deps, { userId });
  requireAdministratorOrNothing(caller);
  const user = orNotFound(await deps.users.byId(userId), "account");
  return user;
}

/**
 * Changes the caller's own profile. Administrators may change any profile and standing, which is recorded in the
 * audit log.
 */
export async function changeUser(
  deps: Deps,
  input: { caller: Caller; userId: string; change: UserChange; requestId: string },
): Promise<User> {
  const { caller, userId, change, requestId } = input;
  const isOwn = userId === caller.id;
  const own = isOwn
    ? await changeProfile(deps, { caller, change: change.profile, password: change.password })
    : null;
  if (own && (caller.role !== ROLE.admin || Object.keys(change.standing).length === 0)) return own;
  requireAdministratorOrNothing(caller);
  return await deps.transaction(async (stores) => {
    const before = orNotFound(await stores.people.lock(userId), "account");
    const act = { stores, before, actor: actorOf(caller), requestId, now: deps.clock() };
    if (!isOwn) await changeTheirProfile(act, change.profile);
    return await changeStanding(act, change.standing);
  });
}

type AuditContext = { stores: Stores; before: User; actor: Actor; requestId: string; now: Date };

/** Logs which fields were changed, but not their values, because the log outlives the account. */
async function changeTheirProfile(
  { stores, before, actor, requestId }: AuditContext,
  { email, ...change }: UserChange["profile"],
): Promise<void> {
  const { id } = before;
  const tidied = Object.entries(tidyFields(change));
  const changed = tidied.filter(([field, value]) => value !== before[field as keyof User]).map(([name]) =>
    name
  );
  if (changed.length > 0) await stores.users.changeProfile(id, tidyFields(change));
  if (changesName(change)) await stores.jobs.add({ kind: "save_support_contact", userId: id });
  const wanted = email === undefined ? before.email : normaliseEmail(email);
  if (wanted !== before.email && wanted !== before.pendingEmail) {
    newEmailAddress(wanted);
    await stores.users.setPendingEmail(id, wanted);
    await stores.jobs.add({ kind: "send_notice", notice: { kind: "confirm_email_change", userId: id } });
    changed.push("pendingEmail");
  }
  if (changed.length === 0) return;
  const subject = { type: "user", id };
  await stores.audit.record({
    ...actor,
    action: "user.change_profile",
    subject,
    after: { changed },
    requestId,
  });
}

async function changeStanding(
  { stores, before, actor, requestId, now }: AuditContext,
  change: Partial<AccountStanding>,
): Promise<User> {
  const { id } = before;
  const former: AccountStanding = {
    role: before.role,
    isEmailVerified: before.emailVerifiedAt !== null,
    isActive: before.deactivatedAt === null,
  };
  const wanted = { ...former, ...change };
  if (former.role === ROLE.admin && (wanted.role !== ROLE.admin || !wanted.isActive)) {
    await keepAnAdministrator(stores, id);
  }
  const user = await stores.people.setStanding(id, change, now);
  if (wanted.isActive !== former.isActive) {
    // The orders of an account that may not sign in are no longer needed. Concurrent purchases wait for this lock.
    await endNeeds(stores, wanted.isActive ? [] : [{ studentId: id, courseId: null }]);
    await stores.accessLedger.suspend(id, !wanted.isActive);
  }
  for (const field of ["role", "isEmailVerified", "isActive"] as const) {
    if (wanted[field] === former[field]) continue;
    await stores.audit.record({
      ...actor,
      action: actionOf(field, wanted),
      subject: { type: "user", id },
      before: { [field]: former[field] },
      after: { [field]: wanted[field] },
      requestId,
    });
  }
  if (wanted.role !== former.role) await stores.jobs.add({ kind: "save_support_contact", userId: id });
  const isDeactivated = former.isActive && !wanted.isActive;
  if (isDeactivated || wanted.role !== former.role) await stores.sessions.endAll(id, now);
  if (isDeactivated || losesPowers(former.role, wanted.role)) {
    await endAuthorship(stores, { userId: id, isForGood: losesPowers(ROLE.tutor, wanted.role) });
  }
  return user;
}

/**
 * Returns whether a change of role reduces what a person may author: administrators everything, tutors what they
 * teach, others nothing.
 */
export function losesPowers(former: Role, next: Role): boolean {
  return former <= ROLE.tutor && next > former;
}

function actionOf(field: keyof AccountStanding, { isEmailVerified, isActive }: AccountStanding): string {
  if (field === "role") return "user.change_role";
  if (field === "isActive") return isActive ? "user.activate" : "user.deactivate";
  return isEmailVerified ? "user.verify" : "user.unverify";
}

/** Throws DomainError `last_administrator` if a change would leave the shop without an administrator. */
export async function keepAnAdministrator({ people }: { people: People }, id: string): Promise<void> {
  if (await people.hasAdministratorBesides(id)) return;
  throw new DomainError(
    "last_administrator",
    "This is the last administrator. Make somebody else an administrator first.",
  );
}

/**
 * Throws DomainError `not_found` unless the caller is an administrator, so that other people's accounts do not exist
 * for anybody else.
 */
export function requireAdministratorOrNothing(caller: Caller): void {
  if (caller.role !== ROLE.admin) throw noSuch("account");
}
