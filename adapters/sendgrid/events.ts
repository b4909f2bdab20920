import { createHash, createPublicKey, type KeyObject, verify } from "node:crypto";
import { z } from "zod";
import { DomainError } from "../../domain/errors.ts";
import type { MailEvent, MailEvents } from "../../domain/notifications/mails/ports.ts";
import { readWebhookJson } from "../webhook_json.ts";

/**
 * The maximum difference between a signature's time and ours, in seconds: SendGrid resends events for up to 24 hours.
 */
const TOLERANCE_SECONDS = 25 * 3600;

/**
 * SendGrid's event webhook. It is signed with ECDSA over timestamp and raw body (headers
 * X-Twilio-Email-Event-Webhook-Signature and -Timestamp); `publicKey` is the value shown in its settings: the key in
 * SPKI format, as base64. With null no events are accepted.
 */
export function sendgridEvents(publicKey: string | null, clock: () => Date = () => new Date()): MailEvents {
  const key = publicKey === null ? null : readKey(publicKey);
  return {
    verify(body, header) {
      if (!key) throw new DomainError("not_found", "This shop does not accept events from SendGrid.");
      const signature = header("x-twilio-email-event-webhook-signature") ?? "";
      const timestamp = header("x-twilio-email-event-webhook-timestamp") ?? "";
      const age = Math.abs(clock().getTime() / 1000 - Number(timestamp));
      const signed = new TextEncoder().encode(timestamp + body);
      if (
        !timestamp || !(age <= TOLERANCE_SECONDS) ||
        !verify("sha256", signed, key, decoded(signature))
      ) {
        throw new DomainError(
          "bad_signature",
          "The events are not signed by SendGrid with this shop's key, or are too old.",
        );
      }
      const events = readWebhookJson(body, sendgridBody).flatMap(toMailEvent);
      // Not the signature, because ECDSA has several for one text.
      const said = createHash("sha256").update(signed).digest("base64url");
      return { token: `sendgrid ${said}`, said, events };
    },
  };
}

const text = z.string().nullish();
const sendgridBody = z.array(
  z.looseObject({ event: text, email: z.string().max(320).nullish(), type: text, reason: text }),
);

/** By SendGrid's event reference: `bounce` of type `blocked` is temporary, `dropped` follows from an earlier event. */
function toMailEvent({ event, email, type, reason }: z.output<typeof sendgridBody>[number]): MailEvent[] {
  if (!email) return [];
  if (event === "bounce" && type !== "blocked") {
    return [{ email, reason: `it bounced: ${(reason ?? "").slice(0, 500)}` }];
  }
  if (event === "spamreport") return [{ email, reason: "its owner called a mail spam" }];
  return [];
}

function readKey(publicKey: string): KeyObject {
  return createPublicKey({ key: decoded(publicKey) as never, format: "der", type: "spki" });
}

function decoded(base64: string): Uint8Array {
  try {
    return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  } catch {
    return new Uint8Array();
  }
}
