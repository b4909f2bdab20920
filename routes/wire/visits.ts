import type { Visit } from "../../domain/analytics/ports.ts";
import type { Visit as WireVisit } from "../../openapi/generated/server/types.gen.ts";

/** Reads a visit, if there is one. */
export const toVisit = (visit: WireVisit | undefined): Visit | undefined =>
  visit && {
    clientId: visit.client_id,
    sessionId: visit.session_id,
    adUserData: visit.ad_user_data,
    adPersonalization: visit.ad_personalization,
  };
