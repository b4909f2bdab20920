import type { Delivery, Mailer } from "../../domain/notifications/mails/ports.ts";
import type { Config } from "../config/config.ts";

type Options = Extract<Config["email"], { transport: "mailgun" }>;
const TIMEOUT_MS = 30_000;

/**
 * Sends mail through Mailgun's HTTP API (v3 messages), which returns 200 with an id once it has accepted a mail. It has
 * no idempotency keys, so a failed request leaves the outcome unknown.
 */
export function mailgunMailer(
  { apiKey, domain, apiUrl, from, shopName }: Options,
  { timeoutMs = TIMEOUT_MS }: { timeoutMs?: number } = {},
): Mailer {
  return {
    async send({ id, to, subject, text, html, unsubscribeUrl }, beforeHandOver) {
      const form = new FormData();
      form.set("from", `${quoted(shopName)} <${from}>`);
      form.set("to", to);
      form.set("subject", subject);
      form.set("text", text);
      form.set("html", html);
      form.set("h:Message-Id", `<${id}@${from.split("@")[1]}>`);
      if (unsubscribeUrl) {
        form.set("h:List-Unsubscribe", `<${unsubscribeUrl}>`);
        form.set("h:List-Unsubscribe-Post", "List-Unsubscribe=One-Click");
      }
      form.set("v:mail_id", id);
      // Links in mails are signed and short-lived, so they must not be rewritten for click tracking.
      form.set("o:tracking", "no");
      await beforeHandOver();
      let response: Response;
      try {
        response = await fetch(`${apiUrl}/v3/${domain}/messages`, {
          method: "POST",
          headers: { authorization: `Basic ${btoa(`api:${apiKey}`)}` },
          body: form,
          signal: AbortSignal.timeout(timeoutMs),
        });
      } catch (error) {
        return { outcome: "unknown", reason: `Mailgun did not answer: ${error}` };
      }
      return deliveryOf(response.status, response.headers, await response.text().catch(() => ""));
    },
  };
}

/** Interprets statuses by Mailgun's documentation: the body of an error is `{"message": …}`, or plain text for 401. */
function deliveryOf(status: number, headers: Headers, text: string): Delivery {
  if (status === 200) return { outcome: "accepted" };
  const reason = `Mailgun answered ${status}: ${message(text)}`;
  if (status === 400 || status === 413) return { outcome: "refused", reason };
  const seconds = Number(headers.get("retry-after"));
  return { outcome: "not_now", reason, ...(seconds > 0 ? { retryAfter: seconds } : {}) };
}

function message(text: string): string {
  try {
    return (JSON.parse(text) as { message: string }).message;
  } catch {
    return text.slice(0, 200);
  }
}

/** Quotes a display name by RFC 5322. */
const quoted = (name: string) => `"${name.replace(/["\\\r\n]/g, " ")}"`;
