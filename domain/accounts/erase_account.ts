import { actorOf } from "../audit/actor.ts";
import type { AuditLog } from "../audit/ports.ts";
import { type AuthorshipStores, endAuthorship } from "../authoring/leave_courses.ts";
import { closePages, type ClosingDeps } from "../checkout/close_page.ts";
import { endNeeds } from "../checkout/give_up.ts";
import type { Order, Orders } from "../checkout/ports.ts";
import type { Clock } from "../clock.ts";
import { DomainError, orNotFound } from "../errors.ts";
import type { SettlementStores } from "../settlement/settle.ts";
import type { Transaction } from "../transaction.ts";
import { keepAnAdministrator, requireAdministratorOrNothing } from "./change_user.ts";
import { type Caller, type People, type PersonalData, ROLE } from "./ports.ts";
import { requireRecentPassword } from "./own_password.ts";
import type { Needs } from "../needs.ts";

/** How many times to close payment pages that were opened in the meantime. */
const TRIES = 3;

type Stores = SettlementStores & AuthorshipStores & {
  people: People;
  personalData: PersonalData;
  orders: Pick<Orders, "abandon" | "lockUnneeded" | "unclosed">;
  audit: AuditLog;
};
type Deps =
  & Omit<ClosingDeps, "transaction">
  & { transaction: Transaction<Stores>; clock: Clock }
  & Needs<typeof requireRecentPassword>;

/**
 * Erases an account: for its owner, who sends the password or has just signed in with it, and for administrators.
 * Personal data is removed, and access and enrollments end. Money and audit rows keep the id, which no longer
 * identifies anybody. Payment pages are closed first. Throws DomainError `vendor_unavailable`, and erases nothing, when
 * a page cannot be closed at the moment.
 */
export async function eraseAccount(
  deps: Deps,
  input: { caller: Caller; userId: string; password?: string; requestId: string },
): Promise<void> {
  const { caller, userId, password } = input;
  if (userId === caller.id) await requireRecentPassword(deps, { caller, password });
  else requireAdministratorOrNothing(caller);
  for (let tries = 1; tries <= TRIES; tries++) {
    const payable = await deps.transaction((stores) => erase(deps, stores, input));
    if (payable.length === 0) return;
    await closePages(deps, payable).catch((error) => {
      throw isOutage(error) ? stillPayable(error) : error;
    });
  }
  throw stillPayable();
}

/** Erases the account. If it has orders that can still be paid, abandons and returns those instead. */
async function erase(
  { clock }: Pick<Deps, "clock">,
  stores: Stores,
  { caller, userId, requestId }: { caller: Caller; userId: string; requestId: string },
): Promise<Order[]> {
  const { people, personalData, orders, audit, jobs } = stores;
  const user = orNotFound(await people.lock(userId), "account");
  if (user.role === ROLE.admin) await keepAnAdministrator({ people }, userId);
  await endNeeds(stores, [{ studentId: userId, courseId: null }]);
  const now = clock();
  const payable = (await orders.unclosed(userId)).filter(({ pageExpiresAt }) => pageExpiresAt > now);
  if (payable.length > 0) return payable;
  await personalData.erase(userId);
  if (user.avatarKey) await jobs.add({ kind: "delete_file", key: user.avatarKey });
  await endAuthorship(stores, { userId, isForGood: true });
  await jobs.add(
    { kind: "end_sales" }, // of courses that no longer have a tutor
    { kind: "remove_support_contact", userId },
  );
  await audit.record({
    ...actorOf(caller),
    action: "user.erase",
    subject: { type: "user", id: userId },
    before: { role: user.role },
    requestId,
  });
  return [];
}

const isOutage = (error: unknown) => error instanceof DomainError && error.code === "vendor_unavailable";

function stillPayable(cause?: unknown): DomainError {
  return new DomainError(
    "vendor_unavailable",
    "One of this account's payment pages cannot be closed at the moment, so nothing has been erased yet. Please try again soon.",
    { retryAfter: 5 },
    { cause },
  );
}
