import type { Session, Sessions } from "../../domain/accounts/ports.ts";
import type { Clock } from "../../domain/clock.ts";
import { DomainError } from "../../domain/errors.ts";
import type { Handlers } from "../http/contract_app.ts";
import { pageOf, rangeOf } from "../http/pages.ts";

type Deps = { sessions: Sessions; clock: Clock };

/** Serves the devices on which the caller is signed in. */
export const sessionRoutes = (
  deps: Deps,
): Handlers<"listSessions" | "endSession" | "endAllSessions"> => ({
  async listSessions(request) {
    const { caller, query } = request;
    const found = await deps.sessions.list(caller.id, deps.clock(), rangeOf(query));
    const results = found.sessions.map((session) => toWire(session, caller.signInId));
    return { status: 200, body: pageOf(request, found.count, results) };
  },

  async endSession({ caller, params }) {
    if (!(await deps.sessions.end(caller.id, params.id, deps.clock()))) {
      throw new DomainError("not_found", "You are not signed in on this device.");
    }
    return { status: 204, body: undefined };
  },

  async endAllSessions({ caller }) {
    await deps.sessions.endAll(caller.id, deps.clock());
    return { status: 204, body: undefined };
  },
});

function toWire(session: Session, currentId: string) {
  return {
    id: session.id,
    device: session.device,
    address: session.ipAddress,
    created_at: session.createdAt.toISOString(),
    last_used_at: session.lastUsedAt.toISOString(),
    is_current: session.id === currentId,
  };
}
