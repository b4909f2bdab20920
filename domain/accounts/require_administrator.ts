import { DomainError } from "../errors.ts";
import { type Caller, ROLE } from "./ports.ts";

/** Throws DomainError `forbidden` unless the caller is an administrator. */
export function requireAdministrator(caller: Caller): void {
  if (caller.role !== ROLE.admin) throw new DomainError("forbidden", "Only administrators may do this.");
}
