import type { Delivery } from "../../domain/notifications/mails/ports.ts";
import type { AlertWebhook } from "../../domain/operations/ports.ts";
import { inTime, isUnconnected } from "../in_time.ts";

const TIMEOUT_MS = 10_000;
/** Slack accepts 40,000 characters, Discord 2000 and refuses more; an error text may be longer. */
const LONGEST = 2000;

/**
 * Posts alerts to an incoming webhook in Slack's format, which Mattermost and Discord (`…/slack`) take too. The URL
 * is a secret, and the errors of `fetch` quote it, so only their names are passed on.
 */
export function slackAlerts(
  { url, shopName }: { url: string; shopName: string },
  { timeoutMs = TIMEOUT_MS }: { timeoutMs?: number } = {},
): AlertWebhook {
  return {
    async post({ subject, text }, beforeHandOver) {
      const words = `*[${plain(shopName)}] ${plain(subject)}*\n${plain(text)}`;
      const body = JSON.stringify({ text: words.slice(0, LONGEST).toWellFormed() });
      await beforeHandOver();
      try {
        return await inTime(timeoutMs, async (signal) => {
          const headers = { "content-type": "application/json" };
          const response = await fetch(url, { method: "POST", headers, body, signal });
          return deliveryOf(response.status, response.headers, await response.text());
        });
      } catch (error) {
        return isUnconnected(error)
          ? { outcome: "not_now", reason: "the webhook cannot be reached" }
          : { outcome: "unknown", reason: `the webhook did not answer: ${(error as Error).name}` };
      }
    },
  };
}

/** Takes up no room, and takes apart what has a meaning together. */
const NOTHING = "\u200b";

/**
 * Takes the markup of Slack, Mattermost and Discord from a text, so that no text of an error mentions people or shows a
 * link under another name.
 */
const plain = (text: string) =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;")
    .replaceAll("@", `@${NOTHING}`).replaceAll("](", `]${NOTHING}(`);

/** Interprets https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks. */
function deliveryOf(status: number, headers: Headers, text: string): Delivery {
  // A page is of something in between, or of another server.
  if (status >= 200 && status < 300 && !text.trimStart().startsWith("<")) return { outcome: "accepted" };
  const reason = `the webhook answered ${status}`;
  if (status === 400 || status === 413) return { outcome: "refused", reason };
  const seconds = Number(headers.get("retry-after"));
  // Also 403, 404 and 410, until the operator has set the URL of another channel.
  return { outcome: "not_now", reason, ...(seconds > 0 ? { retryAfter: seconds } : {}) };
}
