import { type Caller, ROLE } from "../accounts/ports.ts";
import type { AuditEntry, AuditLog } from "./ports.ts";

/** Writes down what an administrator did; what others do to what is theirs needs no such record. */
export async function noteAdministrator(
  audit: AuditLog,
  caller: Caller,
  entry: Omit<AuditEntry, "actorId">,
): Promise<void> {
  if (caller.role === ROLE.admin) await audit.record({ actorId: caller.id, ...entry });
}
