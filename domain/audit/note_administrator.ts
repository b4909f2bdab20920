import { type Caller, ROLE } from "../accounts/ports.ts";
import { actorOf } from "./actor.ts";
import type { AuditEntry, AuditLog } from "./ports.ts";

/**
 * Records what an administrator did, or a program with an API key. What other people do with their own data is not
 * recorded.
 */
export async function noteAdministrator(
  audit: AuditLog,
  caller: Caller,
  entry: Omit<AuditEntry, "actorId" | "keyId">,
): Promise<void> {
  if (caller.role === ROLE.admin || caller.keyId) await audit.record({ ...actorOf(caller), ...entry });
}
