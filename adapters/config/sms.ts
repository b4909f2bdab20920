import type { Config, SmsConfig } from "./config.ts";
import { isSecureUrl, type Variables } from "./variables.ts";

/** In E.164. */
const NUMBER = /^\+[1-9]\d{6,14}$/;
/** What switches SMS on. */
const NAMES = [
  "TWILIO_ACCOUNT_SID",
  "TWILIO_AUTH_TOKEN",
  "TWILIO_MESSAGING_SERVICE_SID",
  "TWILIO_FROM",
] as const;

/** Reads the settings for SMS, and where alerts go besides mail. */
export function readSms(
  variables: Variables,
  { needsPublicUrl }: { needsPublicUrl: boolean },
): Pick<Config, "sms" | "alerts"> {
  const { checked, fault, isGiven, limit, list, optional, text, url } = variables;
  const apiUrl = url("TWILIO_API_URL", "https://api.twilio.com");
  const perDay = limit("SMS_DAILY_LIMIT", 500);
  const previousAuthToken = optional("TWILIO_AUTH_TOKEN_PREVIOUS", text);
  const isOn = NAMES.filter(isGiven).length > 0;
  const countries = list("SMS_COUNTRIES").map((country) => country.toUpperCase());
  if (isOn && !(countries.length > 0 && countries.every((country) => /^[A-Z]{2}$/.test(country)))) {
    fault("SMS_COUNTRIES must list the countries that SMS may go to, such as US,DE");
  }
  const smsTo = optional(
    "ALERT_SMS_TO",
    (name) => checked(name, NUMBER, "a telephone number such as +4915123456789"),
  );
  if (smsTo && !isOn) fault("ALERT_SMS_TO needs Twilio: TWILIO_ACCOUNT_SID is missing");
  if (isOn && needsPublicUrl) fault("PUBLIC_URL is missing, and Twilio reports to it");
  return {
    sms: isOn
      ? {
        countries,
        perDay,
        twilio: {
          accountSid: checked("TWILIO_ACCOUNT_SID", /^AC[0-9a-f]{32}$/, "AC and 32 hexadecimal digits"),
          authToken: text("TWILIO_AUTH_TOKEN"),
          previousAuthToken,
          sender: readSender(variables),
          apiUrl,
        },
      }
      : null,
    alerts: {
      smsTo,
      webhookUrl: optional(
        "ALERT_WEBHOOK_URL",
        (name) => checked(name, isSecureUrl, "an https URL (http is for localhost alone)"),
      ),
    },
  };
}

function readSender({ checked, fault, isGiven }: Variables): SmsConfig["twilio"]["sender"] {
  const name = "TWILIO_MESSAGING_SERVICE_SID";
  if (isGiven(name) === isGiven("TWILIO_FROM")) fault(`${name} or TWILIO_FROM must be set, and not both`);
  return isGiven("TWILIO_FROM")
    ? {
      from: checked(
        "TWILIO_FROM",
        (from) => NUMBER.test(from) || /^(?=.*[A-Za-z])[A-Za-z0-9 ]{1,11}$/.test(from),
        "a telephone number such as +4915123456789, or a name of up to 11 letters and digits",
      ),
    }
    : {
      messagingServiceSid: isGiven(name)
        ? checked(name, /^MG[0-9a-f]{32}$/, "MG and 32 hexadecimal digits")
        : "",
    };
}
