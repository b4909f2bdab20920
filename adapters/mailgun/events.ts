import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import { z } from "zod";
import { DomainError } from "../../domain/errors.ts";
import type { MailEvent, MailEvents } from "../../domain/notifications/mails/ports.ts";
import { readWebhookJson } from "../webhook_json.ts";

/**
 * The maximum age of a signature in seconds, because Mailgun resends events for 8 hours; and by how much its clock
 * may be ahead.
 */
const TOLERANCE_SECONDS = { past: 9 * 3600, future: 300 };

/**
 * Mailgun's webhooks. The body has an HMAC-SHA256 of its timestamp and token with the account's webhook signing key;
 * with a null key no events are accepted. The signature does not cover the event, so Mailgun recommends accepting a
 * token only once.
 */
export function mailgunEvents(signingKey: string | null, clock: () => Date = () => new Date()): MailEvents {
  return {
    verify(body) {
      if (signingKey === null) {
        throw new DomainError("not_found", "This shop does not accept events from Mailgun.");
      }
      const { signature, "event-data": event } = readWebhookJson(body, mailgunBody);
      const { timestamp, token } = signature;
      const expected = createHmac("sha256", signingKey).update(timestamp + token).digest();
      const given = Uint8Array.from(
        signature.signature.match(/[0-9a-f]{2}/gi) ?? [],
        (byte) => parseInt(byte, 16),
      );
      const age = clock().getTime() / 1000 - Number(timestamp);
      const isTimely = age <= TOLERANCE_SECONDS.past && age >= -TOLERANCE_SECONDS.future;
      if (given.length !== expected.length || !timingSafeEqual(given, expected) || !isTimely) {
        throw new DomainError(
          "bad_signature",
          "The event is not signed with this shop's key, or is too old.",
        );
      }
      return {
        token: `mailgun ${timestamp}${token}`,
        said: digestOf(JSON.stringify(event)),
        events: toMailEvents(event),
      };
    },
  };
}

const digestOf = (text: string) => createHash("sha256").update(text).digest("base64url");

const text = z.string().nullish();
const mailgunBody = z.looseObject({
  signature: z.looseObject({
    timestamp: z.string().regex(/^\d{1,12}$/),
    token: z.string().min(1).max(200),
    signature: z.string().max(200),
  }),
  "event-data": z.looseObject({
    event: text,
    severity: text,
    recipient: z.string().max(320).nullish(),
    reason: text,
    "delivery-status": z.looseObject({ message: text, description: text }).nullish(),
  }).default({}),
});
type MailgunEvent = z.output<typeof mailgunBody>["event-data"];

/** By Mailgun's event reference: `failed` is final if its severity is `permanent`. */
function toMailEvents(event: MailgunEvent): MailEvent[] {
  const { recipient: email, "delivery-status": status } = event;
  if (!email) return [];
  if (event.event === "complained") return [{ email, reason: "its owner called a mail spam" }];
  if (event.event !== "failed" || event.severity !== "permanent") return [];
  const why = status?.message || status?.description || event.reason || "";
  return [{ email, reason: `it bounced: ${why.slice(0, 500)}` }];
}
