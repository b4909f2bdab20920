import { Readable } from "node:stream";
import type { Transporter } from "nodemailer";
import type { Delivery, Mailer } from "../../domain/notifications/mails/ports.ts";
import type { Config } from "../config/config.ts";

type Options = Extract<Config["email"], { transport: "smtp" }>;

/**
 * Milliseconds to wait for a connection, and for a response. A client that gives up early on the response to a
 * complete message sends it twice (RFC 1047). RFC 5321 (4.5.3.2.6) waits ten minutes, but that would delay all other
 * mail here.
 */
const TIMEOUTS = { connectionMs: 30_000, answerMs: 120_000, totalMs: 180_000 };

/**
 * Returns a mailer over SMTP with STARTTLS (or TLS from the start on port 465), over a few connections that stay
 * open. SMTP itself has a window in which a crash leaves it unknown whether the server accepted a mail: between the
 * dot that ends the message and the server's response to it.
 */
export function smtpMailer(
  { host, port, user, password, caCertificate, from, shopName }: Options,
  { connectionMs, answerMs, totalMs } = TIMEOUTS,
): Mailer & { close(): void } {
  let transport: Promise<Transporter> | undefined;
  const connect = () =>
    transport ??= import("nodemailer").then(({ createTransport }) =>
      createTransport({
        pool: true,
        maxConnections: 5,
        maxRequeues: 0, // the outbox decides when to retry
        host,
        port,
        secure: port === 465,
        requireTLS: true,
        auth: { user, pass: password },
        tls: caCertificate ? { ca: caCertificate } : undefined,
        connectionTimeout: connectionMs,
        greetingTimeout: connectionMs,
        socketTimeout: answerMs,
      })
    ).then((transporter) => {
      transporter.use("stream", (mail, done) => {
        const { message, data } = mail as unknown as Compiled;
        const whole = message.createReadStream.bind(message);
        message.createReadStream = () => Readable.from(heldBack(whole(), data.beforeLastDot));
        done();
      });
      return transporter;
    });

  return {
    async send({ id, to, subject, text, html, unsubscribeUrl, date }, beforeHandOver) {
      let handedOver = false;
      const beforeLastDot = async () => {
        await beforeHandOver();
        handedOver = true;
      };
      try {
        const options = {
          from: { name: shopName, address: from },
          to: { name: "", address: to },
          subject,
          text,
          html,
          messageId: `<${id}@${from.split("@")[1]}>`,
          date,
          headers: unsubscribeUrl
            ? {
              "List-Unsubscribe": `<${unsubscribeUrl}>`,
              "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
            }
            : { "Auto-Submitted": "auto-generated" },
          beforeLastDot,
          signal: AbortSignal.timeout(totalMs),
        };
        await (await connect()).sendMail(options);
        return { outcome: "accepted" };
      } catch (error) {
        return failure(error as SmtpError, handedOver);
      }
    },

    close() {
      transport?.then((open) => open.close(), () => {});
    },
  };
}

/** The compiled message that nodemailer passes to a plugin. */
type Compiled = {
  message: { createReadStream(): Readable };
  data: { beforeLastDot(): Promise<void> };
};

/**
 * Streams a message's bytes on demand, when the server waits for them. The final dot is sent once `beforeEnd` has
 * resolved.
 */
async function* heldBack(message: Readable, beforeEnd: () => Promise<void>) {
  for await (const chunk of message) yield chunk as Uint8Array;
  await beforeEnd();
}

type SmtpError = Error & {
  code?: string;
  command?: string;
  responseCode?: number;
  response?: string;
  errors?: Error[];
};

/** Refusals of the whole account, or for the day, which some servers wrongly send with 5xx. */
const PASSING = /^\d{3}[ -](5\.4\.5|5\.7\.0|4\.\d)|quota|rate|daily|too many|try again/i;

function failure(error: SmtpError, handedOver: boolean): Delivery {
  const { responseCode: status, response = "", code, command } = error;
  const causes = error.errors?.map((cause) => cause.message); // from attempts at several addresses of the server
  const reason = [code, error.message || causes?.join("; ")].filter(Boolean).join(": ");
  const answered = status !== undefined;
  if (handedOver && !answered) return { outcome: "unknown", reason };
  const isAboutThisMail = command !== undefined && /^(MAIL FROM|RCPT TO|DATA|API)/.test(command);
  if (answered && status >= 500 && isAboutThisMail && !PASSING.test(response)) {
    return { outcome: "refused", reason };
  }
  // nodemailer itself refuses invalid addresses, without a response from the server.
  if (code === "EENVELOPE" && !answered) return { outcome: "refused", reason };
  return { outcome: "not_now", reason };
}
