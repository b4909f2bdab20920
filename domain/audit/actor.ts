import type { Caller } from "../accounts/ports.ts";
import type { AuditEntry } from "./ports.ts";

/** Who acts, as the audit log keeps it. */
export type Actor = Pick<AuditEntry, "actorId" | "keyId">;

/** Returns who acts: a person, and the key with which a program acts for them. */
export function actorOf({ id, keyId = null }: Pick<Caller, "id" | "keyId">): Actor {
  return { actorId: id, keyId };
}
