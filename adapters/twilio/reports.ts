import { createHmac, timingSafeEqual } from "node:crypto";
import { DomainError } from "../../domain/errors.ts";
import type { SmsDelivery } from "../../domain/notifications/mails/ports.ts";
import type { SmsReports } from "../../domain/notifications/sms/ports.ts";
import { PROBLEMS } from "./problems.ts";

/** Twilio's statuses (https://www.twilio.com/docs/messaging/guides/outbound-message-status-in-status-callbacks). */
const DELIVERIES: Record<string, SmsDelivery> = {
  accepted: "queued",
  scheduled: "queued",
  queued: "queued",
  sending: "sending",
  sent: "sent",
  delivered: "delivered",
  read: "delivered",
  undelivered: "undelivered",
  failed: "failed",
  canceled: "failed",
};

/**
 * Reads Twilio's status callbacks. They are signed with HMAC-SHA1 of the account's token, over the URL as it was given
 * to Twilio and the sorted fields; there is no timestamp, so a replay verifies. `authTokens`: the current one, then the
 * previous one while tokens are rotated. With null no SMS are sent, and no callbacks accepted.
 */
export function twilioReports(
  twilio: { authTokens: string[]; accountSid: string; statusUrl(mailId: string): string } | null,
): SmsReports {
  return {
    verify(body, header, mailId) {
      if (!twilio) throw new DomainError("not_found", "This shop sends no SMS.");
      const fields = new URLSearchParams(body);
      const signature = header("x-twilio-signature") ?? "";
      const isSigned = twilio.authTokens.some((token) =>
        bothPorts(twilio.statusUrl(mailId)).some((url) => isEqual(signature, signatureOf(token, url, fields)))
      );
      if (!isSigned || fields.get("AccountSid") !== twilio.accountSid) {
        throw new DomainError("bad_signature", "The callback is not signed by Twilio for this shop.");
      }
      const delivery = DELIVERIES[fields.get("MessageStatus") ?? ""];
      const vendorId = fields.get("MessageSid") ?? "";
      if (!delivery || !/^(SM|MM)[0-9a-f]{32}$/.test(vendorId)) return null;
      const [code] = (fields.get("ErrorCode") ?? "").match(/^\d{5}$/) ?? [];
      return {
        status: { mailId, vendorId, delivery, reason: code ? `Twilio reported error ${code}` : null },
        number: fields.get("To") ?? "",
        problem: PROBLEMS[Number(code)] ?? null,
      };
    },
  };
}

/** Returns the signature of a callback: a name that comes twice has its different values, sorted. */
export function signatureOf(token: string, url: string, fields: URLSearchParams): string {
  const names = [...new Set(fields.keys())].sort();
  const text = names.map((name) =>
    [...new Set(fields.getAll(name))].sort().map((value) => name + value).join("")
  );
  return createHmac("sha1", token).update(url + text.join("")).digest("base64");
}

/** Returns a URL without and with its port: Twilio may sign either. */
function bothPorts(url: string): string[] {
  const { protocol, hostname, port } = new URL(url);
  const rest = url.slice(url.indexOf("/", protocol.length + 2));
  const own = port || (protocol === "https:" ? "443" : "80");
  return [`${protocol}//${hostname}${rest}`, `${protocol}//${hostname}:${own}${rest}`];
}

function isEqual(given: string, own: string): boolean {
  const [a, b] = [given, own].map((text) => new TextEncoder().encode(text));
  return a!.length === b!.length && timingSafeEqual(a!, b!);
}
