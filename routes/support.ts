import { issueIdentity } from "../domain/support/issue_identity.ts";
import type { Handlers } from "./http/contract_app.ts";
import type { Needs } from "../domain/needs.ts";

type Deps = Needs<typeof issueIdentity>;

/** Serves what the support chat needs to know. */
export const supportRoutes = (deps: Deps): Handlers<"getSupportIdentity"> => ({
  async getSupportIdentity({ caller }) {
    const { appId, token } = await issueIdentity(deps, { caller });
    return { status: 200, body: { app_id: appId, token } };
  },
});
