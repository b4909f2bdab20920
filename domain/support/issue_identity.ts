import { showAccount } from "../accounts/show_account.ts";
import type { Caller } from "../accounts/ports.ts";
import { DomainError } from "../errors.ts";
import type { Needs } from "../needs.ts";
import { contactName } from "./contact_name.ts";
import type { SupportIdentity } from "./ports.ts";

type Deps = { supportIdentity: SupportIdentity | null } & Needs<typeof showAccount>;

/** Returns what the support chat needs to know who is signed in. Throws DomainError `not_found` if the shop has no chat. */
export async function issueIdentity(
  deps: Deps,
  { caller }: { caller: Caller },
): Promise<{ appId: string; token: string }> {
  const { supportIdentity } = deps;
  if (!supportIdentity) throw new DomainError("not_found", "This shop has no support chat.");
  const user = await showAccount(deps, { userId: caller.id });
  const token = await supportIdentity.issue({ id: user.id, email: user.email, name: contactName(user) });
  return { appId: supportIdentity.appId, token };
}
