import type { NumberProblem } from "../../domain/notifications/sms/ports.ts";

/** What Twilio's error codes say about a number for good (https://www.twilio.com/docs/api/errors). */
export const PROBLEMS: Record<number, NumberProblem> = {
  21610: "stopped",
  21211: "unreachable", // not a number
  21614: "unreachable", // not a mobile number
  30005: "unreachable", // unknown
  30006: "unreachable", // a landline
};
