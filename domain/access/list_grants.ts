import type { Caller } from "../accounts/ports.ts";
import { requireAdministrator } from "../accounts/require_administrator.ts";
import type { AccessReads, Grant, GrantFilter } from "./ports.ts";
import type { Range } from "../range.ts";

/** Lists the grants that match a filter, newest first; for administrators. */
export async function listGrants(
  deps: { accessReads: AccessReads },
  input: { caller: Caller; filter: GrantFilter; range: Range },
): Promise<{ count: number; grants: Grant[] }> {
  requireAdministrator(input.caller);
  return await deps.accessReads.list(input.filter, input.range);
}
