import { listUpdates } from "../../domain/notifications/updates/list_updates.ts";
import type { CourseUpdate } from "../../domain/notifications/updates/ports.ts";
import { publishUpdate } from "../../domain/notifications/updates/publish_update.ts";
import type { CourseUpdate as WireUpdate } from "../../openapi/generated/server/types.gen.ts";
import type { Handlers } from "../http/contract_app.ts";
import { pageOf, rangeOf } from "../http/pages.ts";
import type { Needs } from "../../domain/needs.ts";

type Deps = Needs<typeof listUpdates | typeof publishUpdate>;

/** Serves course updates. */
export const updateRoutes = (deps: Deps): Handlers<"listCourseUpdates" | "publishCourseUpdate"> => ({
  async listCourseUpdates(request) {
    const { count, updates } = await listUpdates(deps, {
      caller: request.caller,
      slugOrId: request.params.slug,
      range: rangeOf(request.query),
    });
    return { status: 200, body: pageOf(request, count, updates.map(toWire)) };
  },

  async publishCourseUpdate({ params, caller, body, requestId }) {
    const update = await publishUpdate(deps, { caller, slugOrId: params.slug, requestId, ...body });
    return { status: 201, body: toWire(update) };
  },
});

function toWire({ createdAt, ...update }: CourseUpdate): WireUpdate {
  return { ...update, created_at: createdAt.toISOString() };
}
