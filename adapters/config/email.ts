import type { Config, EmailTransport } from "./config.ts";
import type { Variables } from "./variables.ts";

/** Reads the settings for mails: transport, sender and appearance. */
export function readEmail(variables: Variables): Pick<Config, "email" | "mail"> {
  const { checked, email, limit, optional, text, url } = variables;
  const shopName = text("SHOP_NAME", "11Tutors");
  const transport = readTransport(variables);
  const from = readSender(variables, transport);
  // Gmail's limit for a personal account; a Workspace account may send 2,000 a day.
  const perDay = "host" in transport && transport.host === "smtp.gmail.com" ? 500 : null;
  return {
    email: { ...transport, from, shopName },
    mail: {
      logoUrl: optional("SHOP_LOGO_URL", url),
      colour: checked("SHOP_COLOUR", /^#[0-9a-f]{6}$/i, "a colour such as #4338ca", "#4338ca"),
      operatorEmail: optional("OPERATOR_EMAIL", email) ?? from,
      limits: {
        perDay: limit("EMAIL_DAILY_LIMIT", perDay),
        bulkPerMinute: limit("EMAIL_BULK_PER_MINUTE", 120),
      },
      sendgridPublicKey: optional("SENDGRID_WEBHOOK_PUBLIC_KEY", text),
      mailgunSigningKey: optional("MAILGUN_WEBHOOK_SIGNING_KEY", text),
    },
  };
}

function readTransport({ oneOf, optional, port, text, url }: Variables): EmailTransport {
  const transport = oneOf("EMAIL_TRANSPORT", ["smtp", "sendgrid", "mailgun", "console"], "smtp");
  switch (transport) {
    case "sendgrid":
      return {
        transport,
        apiKey: text("SENDGRID_API_KEY"),
        apiUrl: url("SENDGRID_API_URL", "https://api.sendgrid.com"),
      };
    case "mailgun":
      return {
        transport,
        apiKey: text("MAILGUN_API_KEY"),
        domain: text("MAILGUN_DOMAIN"),
        apiUrl: url("MAILGUN_API_URL", "https://api.mailgun.net"),
      };
    case "console":
      return { transport };
    default:
      return {
        transport: "smtp",
        host: text("EMAIL_HOST", "smtp.gmail.com"),
        port: port("EMAIL_PORT", "587"),
        user: text("EMAIL_HOST_USER"),
        password: text("EMAIL_HOST_PASSWORD"),
        caCertificate: optional("EMAIL_CA_CERTIFICATE", text),
      };
  }
}

/** Reads the sender's address; with SMTP, defaults to the account's name if that is an address. */
function readSender({ email, isGiven }: Variables, transport: EmailTransport): string {
  if (transport.transport === "console") return email("EMAIL_FROM", { fallback: "shop@localhost" });
  if (!("user" in transport)) return email("EMAIL_FROM");
  // The missing account has already been reported.
  if (!isGiven("EMAIL_FROM") && transport.user === "") return "";
  return email("EMAIL_FROM", { fallback: transport.user, because: ", for EMAIL_HOST_USER is none" });
}
