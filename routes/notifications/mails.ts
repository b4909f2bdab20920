import {
  liftSuppression,
  listMails,
  listSuppressions,
  recordMailEvents,
  retryMail,
} from "../../domain/notifications/mails/administer_mails.ts";
import type { MailEvents, SentMail, Suppression } from "../../domain/notifications/mails/ports.ts";
import type {
  SentMail as WireMail,
  Suppression as WireSuppression,
} from "../../openapi/generated/server/types.gen.ts";
import type { ContractRequest, Handlers } from "../http/contract_app.ts";
import { pageOf, rangeOf } from "../http/pages.ts";
import type { RequestLog } from "../http/transport.ts";
import type { Needs } from "../../domain/needs.ts";

type Deps =
  & Needs<
    | typeof liftSuppression
    | typeof listMails
    | typeof listSuppressions
    | typeof recordMailEvents
    | typeof retryMail
  >
  & { sendgridEvents: MailEvents; mailgunEvents: MailEvents; log: RequestLog };

/** Serves the delivery status of mails to administrators, and receives mail providers' events. */
export const mailRoutes = (
  deps: Deps,
): Handlers<
  "listMails" | "retryMail" | "listSuppressions" | "liftSuppression" | "sendgridEvents" | "mailgunEvents"
> => ({
  async listMails(request) {
    const { count, mails } = await listMails(deps, {
      caller: request.caller,
      state: request.query.state ?? null,
      range: rangeOf(request.query),
    });
    return { status: 200, body: pageOf(request, count, mails.map(toWireMail)) };
  },

  async retryMail({ params, caller, requestId }) {
    return { status: 200, body: toWireMail(await retryMail(deps, { caller, id: params.id, requestId })) };
  },

  async listSuppressions(request) {
    const { count, suppressions } = await listSuppressions(deps, {
      caller: request.caller,
      range: rangeOf(request.query),
    });
    return { status: 200, body: pageOf(request, count, suppressions.map(toWireSuppression)) };
  },

  async liftSuppression({ params, caller, requestId }) {
    const lifted = await liftSuppression(deps, { caller, email: params.email, requestId });
    return { status: 200, body: toWireSuppression(lifted) };
  },

  sendgridEvents: (request) => receive(deps, deps.sendgridEvents, request),
  mailgunEvents: (request) => receive(deps, deps.mailgunEvents, request),
});

async function receive(
  deps: Deps,
  provider: MailEvents,
  { rawBody, header }: Pick<ContractRequest<"sendgridEvents">, "rawBody" | "header">,
) {
  const receipt = await recordMailEvents(deps, provider.verify(rawBody, header));
  deps.log.info("mail events", receipt);
  return { status: 200 as const, body: receipt };
}

function toWireMail({ createdAt, updatedAt, ...mail }: SentMail): WireMail {
  return { ...mail, created_at: createdAt.toISOString(), updated_at: updatedAt.toISOString() };
}

function toWireSuppression({ createdAt, ...suppression }: Suppression): WireSuppression {
  return { ...suppression, created_at: createdAt.toISOString() };
}
