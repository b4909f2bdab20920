import { Readable } from "node:stream";
import type { Transporter } from "nodemailer";
import type { Delivery, Mailer } from "../../domain/notifications/mails/ports.ts";
import type { Config } from "../config/config.ts";

type Options = Extract<Config["email"], { transport: "smtp" }>;

/**
 * Milliseconds to wait for a connection, and for an answer over it. Whoever gives up early on the answer to a whole
 * message sends it twice (RFC 1047): RFC 5321 (4.5.3.2.6) waits ten minutes, but there all other mail would wait too.
 */
const TIMEOUTS = { connectionMs: 30_000, answerMs: 120_000, totalMs: 180_000 };

/**
 * Mail over SMTP with STARTTLS (or TLS from the start on port 465), over a few connections that stay open. The
 * window in which a crash leaves it unknown whether the server took a mail is the one that SMTP has: between the dot
 * that ends the message and the server's answer to it.
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
        maxRequeues: 0, // when to try again is the outbox's to say
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

/** What nodemailer hands to a plugin once the message is put together. */
type Compiled = {
  message: { createReadStream(): Readable };
  data: { beforeLastDot(): Promise<void> };
};

/**
 * A message's bytes as they are asked for, which is when the server waits for them; the dot that ends them is sent
 * once `beforeEnd` has resolved.
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

/** Refusals of the whole account, or for the day, that some servers answer with 5xx all the same. */
const PASSING = /^\d{3}[ -](5\.4\.5|5\.7\.0|4\.\d)|quota|rate|daily|too many|try again/i;

function failure(error: SmtpError, handedOver: boolean): Delivery {
  const { responseCode: status, response = "", code, command } = error;
  const causes = error.errors?.map((cause) => cause.message); // of tries at several addresses of the server
  const reason = [code, error.message || causes?.join("; ")].filter(Boolean).join(": ");
  const answered = status !== undefined;
  if (handedOver && !answered) return { outcome: "unknown", reason };
  const isAboutThisMail = command !== undefined && /^(MAIL FROM|RCPT TO|DATA|API)/.test(command);
  if (answered && status >= 500 && isAboutThisMail && !PASSING.test(response)) {
    return { outcome: "refused", reason };
  }
  // An address that nodemailer itself finds wanting gets no answer.
  if (code === "EENVELOPE" && !answered) return { outcome: "refused", reason };
  return { outcome: "not_now", reason };
}
