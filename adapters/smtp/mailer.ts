import type { Transporter } from "nodemailer";
import type { Mailer } from "../../domain/notifications/ports.ts";
import type { Config } from "../config.ts";

const TIMEOUT_MS = 30_000;

/** Mail over SMTP with STARTTLS, which is required; one connection per mail, closed after it. */
export function smtpMailer(config: Config["email"]): Mailer {
  let transport: Promise<Transporter> | undefined;
  const connect = () =>
    transport ??= import("nodemailer").then(({ createTransport }) =>
      createTransport({
        host: config.host,
        port: config.port,
        secure: config.port === 465,
        requireTLS: true,
        auth: { user: config.user, pass: config.password },
        tls: config.caCertificate ? { ca: config.caCertificate } : undefined,
        connectionTimeout: TIMEOUT_MS,
        greetingTimeout: TIMEOUT_MS,
        socketTimeout: TIMEOUT_MS,
      })
    );

  return {
    async send({ to, subject, text, html, key }) {
      const domain = config.user.split("@")[1] ?? config.host;
      await (await connect()).sendMail({
        from: { name: "11Tutors", address: config.user },
        to,
        subject,
        text,
        html,
        messageId: `<${key.replace(/[^\w.-]/g, ".")}@${domain}>`,
      });
    },
  };
}
