import type { DatabaseSync } from "node:sqlite";
import { type Context, Hono } from "hono";
import { readForm } from "./form.ts";
import { mailStore } from "./mail_store.ts";

type Options = { state: DatabaseSync; sendgridKey: string; mailgunKey: string; mailgunDomain: string };

const ADDRESS = /^[^\s@<>]+@[^\s@<>]+\.[^\s@<>]+$/;

/**
 * Stand-ins for SendGrid's `v3/mail/send` and Mailgun's `v3/{domain}/messages`, with the errors that they document.
 * Accepted mails appear in the mailbox. Recipients `over-limit…` hit the rate limit, `always-busy…` a failing server.
 */
export function mailApis({ state, sendgridKey, mailgunKey, mailgunDomain }: Options): { app: Hono } {
  const mails = mailStore(state);
  const app = new Hono();

  app.post("/sendgrid/v3/mail/send", async (c) => {
    if (c.req.header("authorization") !== `Bearer ${sendgridKey}`) {
      return sendgridError(c, 401, "The provided authorization grant is invalid, expired, or revoked");
    }
    const { personalizations, from, subject, content, headers = {} } = await c.req.json();
    const to = personalizations[0].to.map(({ email }: { email: string }) => email) as string[];
    const wrong = to.findIndex((email) => !ADDRESS.test(email));
    if (wrong >= 0) {
      return sendgridError(
        c,
        400,
        "Does not contain a valid address.",
        `personalizations.0.to.${wrong}.email`,
      );
    }
    if (to[0]!.startsWith("over-limit")) {
      c.header("x-ratelimit-remaining", "0");
      c.header("x-ratelimit-reset", String(Math.floor(Date.now() / 1000) + 600));
      return sendgridError(c, 429, "too many requests");
    }
    if (to[0]!.startsWith("always-busy")) return sendgridError(c, 503, "Service unavailable");
    mails.put({
      to,
      from: `"${from.name}" <${from.email}>`,
      subject,
      text: content.find(({ type }: { type: string }) => type === "text/plain")?.value ?? "",
      html: content.find(({ type }: { type: string }) => type === "text/html")?.value ?? "",
      messageId: headers["Message-ID"] ?? "",
      headers: lowerCaseKeys(headers),
    });
    return c.body(null, 202, { "x-message-id": crypto.randomUUID() });
  });

  app.post("/mailgun/v3/:domain/messages", async (c) => {
    if (c.req.header("authorization") !== `Basic ${btoa(`api:${mailgunKey}`)}`) {
      return c.text("Forbidden", 401);
    }
    if (c.req.param("domain") !== mailgunDomain) return c.json({ message: "Domain not found: " }, 404);
    const { texts: form } = await readForm(c.req.raw);
    const { to = "", from = "", subject = "", text = "", html = "" } = form;
    if (!ADDRESS.test(to)) {
      return c.json({ message: "to parameter is not a valid address. please check documentation" }, 400);
    }
    if (to.startsWith("over-limit")) {
      return c.json(
        { message: "Domain is not allowed to send: request limit exceeded, try again after 600 seconds" },
        429,
        {
          "retry-after": "600",
        },
      );
    }
    if (to.startsWith("always-busy")) return c.json({ message: "Internal Server Error" }, 500);
    const headers = Object.fromEntries(
      Object.entries(form).filter(([name]) => name.startsWith("h:")).map(([name, value]) => [
        name.slice(2),
        value,
      ]),
    );
    mails.put({
      to: [to],
      from,
      subject,
      text,
      html,
      messageId: headers["Message-Id"] ?? "",
      headers: lowerCaseKeys(headers),
    });
    return c.json({ id: headers["Message-Id"], message: "Queued. Thank you." });
  });

  return { app };
}

function sendgridError(
  c: Context,
  status: 400 | 401 | 429 | 503,
  message: string,
  field: string | null = null,
) {
  return c.json({ errors: [{ message, field, help: null }] }, status);
}

function lowerCaseKeys(headers: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}
