import type { AuditLog } from "../audit/ports.ts";
import type { Clock } from "../clock.ts";
import type { Transaction } from "../transaction.ts";
import { keepAnAdministrator, noSuchUser, requireAdministratorOrNothing } from "./change_user.ts";
import { type Caller, type People, type PersonalData, ROLE, type Sessions } from "./ports.ts";
import { requireRecentSignIn } from "./recent_sign_in.ts";

type Deps = {
  transaction: Transaction<{ people: People; personalData: PersonalData; audit: AuditLog }>;
  sessions: Sessions;
  clock: Clock;
};

/**
 * Erases an account: for its owner soon after signing in, and for administrators. Personal data goes, access and enrollments end; money and
 * audit rows stay with an id that names nobody any more.
 */
export async function eraseAccount(
  deps: Deps,
  input: { caller: Caller; userId: string; requestId: string },
): Promise<void> {
  const { caller, userId, requestId } = input;
  if (userId === caller.id) await requireRecentSignIn(deps, caller);
  else requireAdministratorOrNothing(caller);
  await deps.transaction(async ({ people, personalData, audit }) => {
    const user = await people.lock(userId);
    if (!user) throw noSuchUser();
    if (user.role === ROLE.admin) await keepAnAdministrator({ people }, userId);
    await personalData.erase(userId);
    await audit.record({
      actorId: caller.id,
      action: "user.erase",
      subject: { type: "user", id: userId },
      before: { role: user.role },
      requestId,
    });
  });
}
