import { Buffer } from "node:buffer";
import { createHmac } from "node:crypto";
import { invalidField } from "../../domain/errors.ts";
import type { Messenger } from "../../domain/webhooks/ports.ts";
import { inTime } from "../in_time.ts";
import { postOnce } from "./post_once.ts";

/** How long an endpoint may take to respond, in milliseconds. */
const TIMEOUT_MS = 15_000;

type Options = {
  /** Whether endpoints may be on this machine and without TLS: in development and tests only. */
  allowsLocal: boolean;
  timeoutMs?: number;
  /** Returns the addresses of a host if all of them are public, else none. */
  addressesOf: (host: string) => Promise<string[]>;
  /** How a request is sent on this runtime. */
  post?: typeof postOnce;
};

/**
 * Sends messages as Standard Webhooks 1.0.0 describes. The host is judged by the addresses that it resolves to now, and
 * the connection goes to one of those: a name that leads elsewhere a moment later does not matter, and nothing inside
 * the own network is reached.
 */
export function standardWebhookMessenger(
  { allowsLocal, timeoutMs = TIMEOUT_MS, addressesOf, post = postOnce }: Options,
): Messenger {
  async function destinationOf(text: string) {
    const url = new URL(text);
    if (allowsLocal) return { url, addresses: null };
    const addresses = await addressesOf(url.hostname);
    if (addresses.length === 0) throw new Error(`${url.hostname} has no public address`);
    return { url: Object.assign(url, { protocol: "https:", port: "" }), addresses };
  }

  return {
    async requireSendable(text) {
      const fault = faultOf(text, allowsLocal);
      if (fault) throw invalidField("url", fault);
      if (allowsLocal) return;
      const { hostname } = new URL(text);
      if ((await addressesOf(hostname)).length === 0) {
        throw invalidField("url", `${hostname} has no public address.`);
      }
    },

    async send({ url, secrets }, { id, body, now }) {
      const timestamp = Math.floor(now.getTime() / 1000).toString();
      const signature = secrets.map((secret) => `v1,${sign(secret, `${id}.${timestamp}.${body}`)}`).join(" ");
      const headers = {
        "content-type": "application/json",
        "user-agent": "11Tutors-Webhooks/1",
        "webhook-id": id,
        "webhook-timestamp": timestamp,
        "webhook-signature": signature,
      };
      return await inTime(timeoutMs, async (signal) => {
        return await post(await destinationOf(url), { headers, body, signal });
      });
    },
  };
}

/** Returns the signature of a signed text, in base64. */
function sign(secret: string, text: string): string {
  return createHmac("sha256", Buffer.from(secret.replace(/^whsec_/, ""), "base64")).update(text).digest(
    "base64",
  );
}

/** Returns why nothing can be sent to an address; null if something can. */
function faultOf(text: string, allowsLocal: boolean): string | null {
  if (!URL.canParse(text)) return "Enter a URL.";
  const { protocol, username, password, port, hash } = new URL(text);
  if (username || password) return "A URL with a name or password is not accepted: messages are signed.";
  if (hash) return "Leave out what follows #: it is never sent.";
  if (allowsLocal && protocol === "http:") return null;
  if (protocol !== "https:") return "Enter a URL that begins with https://.";
  return port === "" || allowsLocal ? null : "Only the port of https (443) is accepted.";
}
