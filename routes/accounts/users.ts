import { changeUser, showUser } from "../../domain/accounts/change_user.ts";
import { eraseAccount } from "../../domain/accounts/erase_account.ts";
import type { AccountStanding, Caller, People, PersonalData, Role } from "../../domain/accounts/ports.ts";
import { requireAdministrator } from "../../domain/accounts/require_administrator.ts";
import type { Clock } from "../../domain/clock.ts";
import { toProfileChange, toWireUser } from "./account.ts";
import type { ContractRequest, Handlers } from "../http/contract_app.ts";
import { pageOf, rangeOf } from "../http/pages.ts";
import type { Needs } from "../../domain/needs.ts";

type Deps = Needs<typeof changeUser | typeof eraseAccount | typeof showUser> & {
  people: People;
  personalData: PersonalData;
  clock: Clock;
};

/** Serves accounts by their ids, for administrators and their owners, and the download of personal data. */
export const userRoutes = (
  deps: Deps,
): Handlers<
  "listUsers" | "getUser" | "updateUser" | "replaceUser" | "eraseUser" | "exportMe"
> => {
  async function update(
    { caller, params, body, origin, requestId }: Pick<
      ContractRequest<"updateUser">,
      "caller" | "params" | "body" | "origin" | "requestId"
    >,
  ) {
    const { password } = body;
    const change = { profile: toProfileChange(body), password, standing: toStanding(body) };
    const user = await changeUser(deps, { caller, userId: idOf(params, caller), change, requestId });
    return { status: 200 as const, body: toWireUser(origin, user) };
  }

  return {
    async listUsers(request) {
      const { caller, query, origin } = request;
      requireAdministrator(caller);
      const { role, is_email_verified: isEmailVerified, is_active: isActive, search, ordering } = query;
      const filter = { role, isEmailVerified, isActive, search };
      const { count, users } = await deps.people.list(filter, ordering, rangeOf(query));
      return { status: 200, body: pageOf(request, count, users.map((user) => toWireUser(origin, user))) };
    },

    async getUser({ caller, params, origin }) {
      const user = await showUser(deps, { caller, userId: idOf(params, caller) });
      return { status: 200, body: toWireUser(origin, user) };
    },

    updateUser: update,
    replaceUser: update,

    async eraseUser({ caller, params, body, requestId }) {
      const { password } = body;
      await eraseAccount(deps, { caller, userId: idOf(params, caller), password, requestId });
      return { status: 204, body: undefined };
    },

    async exportMe({ caller }) {
      const data = await deps.personalData.show(caller.id);
      return { status: 200, body: { exported_at: deps.clock().toISOString(), data } };
    },
  };
};

/** Resolves `me` to the caller's own id, for paths without a more specific route. */
const idOf = ({ id }: { id: string }, caller: Caller) => id === "me" ? caller.id : id;

function toStanding(
  body: { role?: Role; is_email_verified?: boolean; is_active?: boolean },
): Partial<AccountStanding> {
  const { role, is_email_verified: isEmailVerified, is_active: isActive } = body;
  const given = Object.entries({ role, isEmailVerified, isActive }).filter(([, value]) =>
    value !== undefined
  );
  return Object.fromEntries(given);
}
