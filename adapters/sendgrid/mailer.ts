import type { Delivery, Mailer } from "../../domain/notifications/mails/ports.ts";
import type { Config } from "../config/config.ts";

type Options = Extract<Config["email"], { transport: "sendgrid" }>;
const TIMEOUT_MS = 30_000;

/**
 * Sends mail through SendGrid's HTTP API (v3 mail/send), which returns 202 once it has accepted a mail. It has no
 * idempotency keys, so a failed request leaves the outcome unknown.
 */
export function sendgridMailer(
  { apiKey, apiUrl, from, shopName }: Options,
  { timeoutMs = TIMEOUT_MS }: { timeoutMs?: number } = {},
): Mailer {
  return {
    async send({ id, to, subject, text, html, unsubscribeUrl }, beforeHandOver) {
      const body = JSON.stringify({
        personalizations: [{ to: [{ email: to }] }],
        from: { email: from, name: shopName },
        subject,
        content: [{ type: "text/plain", value: text }, { type: "text/html", value: html }],
        headers: {
          "Message-ID": `<${id}@${from.split("@")[1]}>`,
          ...(unsubscribeUrl
            ? {
              "List-Unsubscribe": `<${unsubscribeUrl}>`,
              "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
            }
            : {}),
        },
        custom_args: { mail_id: id },
        // Links in mails are signed and short-lived, so they must not be rewritten for click tracking.
        tracking_settings: { click_tracking: { enable: false }, open_tracking: { enable: false } },
      });
      await beforeHandOver();
      let response: Response;
      try {
        response = await fetch(`${apiUrl}/v3/mail/send`, {
          method: "POST",
          headers: { authorization: `Bearer ${apiKey}`, "content-type": "application/json" },
          body,
          signal: AbortSignal.timeout(timeoutMs),
        });
      } catch (error) {
        return { outcome: "unknown", reason: `SendGrid did not answer: ${error}` };
      }
      return deliveryOf(response.status, response.headers, await response.text().catch(() => ""));
    },
  };
}

/** Interprets statuses by SendGrid's documentation of v3 mail/send. */
function deliveryOf(status: number, headers: Headers, text: string): Delivery {
  if (status === 202 || status === 200) return { outcome: "accepted" };
  const reason = `SendGrid answered ${status}: ${messages(text)}`;
  // The mail itself is at fault: 400 malformed, such as its address; 413 too large.
  if (status === 400 || status === 413) return { outcome: "refused", reason };
  if (status === 429) {
    const reset = Number(headers.get("x-ratelimit-reset")); // seconds since 1970
    const seconds = Math.ceil(reset - Date.now() / 1000);
    return { outcome: "not_now", reason, ...(seconds > 0 ? { retryAfter: seconds } : {}) };
  }
  return { outcome: "not_now", reason };
}

function messages(text: string): string {
  try {
    const { errors } = JSON.parse(text) as { errors: { message: string; field?: string | null }[] };
    return errors.map(({ message, field }) => field ? `${field}: ${message}` : message).join("; ");
  } catch {
    return text.slice(0, 200);
  }
}
