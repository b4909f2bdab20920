import { changeConsents, removeNumber, showNumber } from "../../domain/notifications/sms/change_consents.ts";
import {
  confirmNumber,
  nextCodeAt,
  resendCode,
  setNumber,
} from "../../domain/notifications/sms/confirm_number.ts";
import type { SmsNumber } from "../../domain/notifications/sms/ports.ts";
import { recordStatus } from "../../domain/notifications/sms/record_status.ts";
import type { Needs } from "../../domain/needs.ts";
import type { SmsNumber as WireNumber } from "../../openapi/generated/server/types.gen.ts";
import type { Handlers } from "../http/contract_app.ts";

type Deps = Needs<
  | typeof changeConsents
  | typeof confirmNumber
  | typeof recordStatus
  | typeof removeNumber
  | typeof resendCode
  | typeof setNumber
  | typeof showNumber
>;

/** Serves the number to which a person wants SMS, and receives the vendor's reports. */
export const smsRoutes = (
  deps: Deps,
): Handlers<
  | "getSmsNumber"
  | "setSmsNumber"
  | "updateSmsTopics"
  | "removeSmsNumber"
  | "resendSmsCode"
  | "confirmSmsNumber"
  | "reportSmsStatus"
> => ({
  async getSmsNumber({ caller }) {
    return { status: 200, body: toWire(await showNumber(deps, { userId: caller.id })) };
  },

  async setSmsNumber({ caller, ipAddress, body }) {
    return { status: 200, body: toWire(await setNumber(deps, { userId: caller.id, ipAddress, ...body })) };
  },

  async updateSmsTopics({ caller, body }) {
    return { status: 200, body: toWire(await changeConsents(deps, { userId: caller.id, wishes: body })) };
  },

  async removeSmsNumber({ caller }) {
    await removeNumber(deps, { userId: caller.id });
    return { status: 204, body: undefined };
  },

  async resendSmsCode({ caller, ipAddress }) {
    return { status: 200, body: toWire(await resendCode(deps, { userId: caller.id, ipAddress })) };
  },

  async confirmSmsNumber({ caller, body }) {
    return { status: 200, body: toWire(await confirmNumber(deps, { userId: caller.id, ...body })) };
  },

  async reportSmsStatus({ query, rawBody, header }) {
    await recordStatus(deps, { body: rawBody, header, mailId: query.mail });
    return { status: 204, body: undefined };
  },
});

function toWire(number: SmsNumber | null): WireNumber {
  const waits = number && number.confirmedAt === null && number.codeRequestedAt;
  const { access_ending, payment_failed } = number?.consents ?? {};
  return {
    number: number?.number ?? null,
    is_confirmed: number !== null && number.confirmedAt !== null,
    problem: number?.problem ?? null,
    next_code_at: waits ? nextCodeAt(waits).toISOString() : null,
    topics: {
      access_ending: access_ending?.toISOString() ?? null,
      payment_failed: payment_failed?.toISOString() ?? null,
    },
  };
}
