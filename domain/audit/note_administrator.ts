import { type Caller, ROLE } from "../accounts/ports.ts";
import type { AuditEntry, AuditLog } from "./ports.ts";

/** Records what an administrator did. What other people do with their own data is not recorded. */
export async function noteAdministrator(
  audit: AuditLog,
  caller: Caller,
  entry: Omit<AuditEntry, "actorId">,
): Promise<void> {
  if (caller.role === ROLE.admin) await audit.record({ actorId: caller.id, ...entry });
}
