import type { AuditLog } from "../audit/ports.ts";
import { type AuthorshipStores, endAuthorship } from "../authoring/leave_courses.ts";
import type { Transaction } from "../transaction.ts";
import { keepAnAdministrator, noSuchUser, requireAdministratorOrNothing } from "./change_user.ts";
import { type Caller, type People, type PersonalData, ROLE } from "./ports.ts";
import { requireOwnPassword } from "./own_password.ts";

type Deps = {
  transaction: Transaction<
    AuthorshipStores & { people: People; personalData: PersonalData; audit: AuditLog }
  >;
} & Parameters<typeof requireOwnPassword>[0];

/**
 * Erases an account: for its owner, who gives the password, and for administrators. Personal data goes, access and enrollments end; money and
 * audit rows stay with an id that names nobody any more.
 */
export async function eraseAccount(
  deps: Deps,
  input: { caller: Caller; userId: string; password?: string; requestId: string },
): Promise<void> {
  const { caller, userId, password, requestId } = input;
  if (userId === caller.id) await requireOwnPassword(deps, { caller, password });
  else requireAdministratorOrNothing(caller);
  await deps.transaction(async (stores) => {
    const { people, personalData, audit } = stores;
    const user = await people.lock(userId);
    if (!user) throw noSuchUser();
    if (user.role === ROLE.admin) await keepAnAdministrator({ people }, userId);
    await personalData.erase(userId);
    await endAuthorship(stores, { userId, isForGood: true });
    await audit.record({
      actorId: caller.id,
      action: "user.erase",
      subject: { type: "user", id: userId },
      before: { role: user.role },
      requestId,
    });
  });
}
