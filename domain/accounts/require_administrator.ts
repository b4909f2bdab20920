import { DomainError } from "../errors.ts";
import { type Caller, ROLE, type Users } from "./ports.ts";

/** Throws DomainError `forbidden` unless the caller is an administrator. */
export function requireAdministrator(caller: Caller): void {
  if (caller.role !== ROLE.admin) throw new DomainError("forbidden", "Only administrators may do this.");
}

/**
 * The same, as the caller stands at this moment: an access token tells the role of up to an hour ago, and what administrators may do
 * to people does not wait for it to end.
 */
export async function requireStandingAdministrator(deps: { users: Users }, caller: Caller): Promise<void> {
  requireAdministrator(caller);
  const user = await deps.users.byId(caller.id);
  if (user?.role !== ROLE.admin || user.deactivatedAt) {
    throw new DomainError("forbidden", "Only administrators may do this.");
  }
}
