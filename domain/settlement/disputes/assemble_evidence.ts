import { decimalAmount, type Money } from "../../money.ts";
import type { RefundPolicy } from "../../orders/refund_policy.ts";
import type { Evidence, MailedNotice, OrderUse, Play } from "./ports.ts";

/** The maximum length of a field of evidence, in characters (https://docs.stripe.com/api/disputes/evidence_object). */
const LONGEST = 20_000;

/** The delivery status of a mail, in words for a bank. */
const MAILED: Record<MailedNotice["state"], string> = {
  sent: "accepted for delivery",
  unconfirmed: "handed over, delivery not confirmed",
  failed: "not delivered",
};

/** Writes the known use of an order as evidence for a bank. Fields without data are left out. */
export function assembleEvidence(use: OrderUse, policy: RefundPolicy): Evidence {
  return withoutBlank({
    product_description: [
      "Video courses, watched online with a personal account:",
      ...use.lines.map(({ title, price }) => `- ${title}, ${writePrice(price)}`),
    ].join("\n"),
    customer_name: use.student.name,
    customer_email_address: use.student.email,
    service_date: use.paidAt ? day(use.paidAt) : "",
    access_activity_log: activityLog(use),
    refund_policy_disclosure: policy.days === 0
      ? "Refunds are given on request to the shop."
      : `Within ${policy.days} days of the payment, and as long as no more than ${policy.watchedPercent} % of a course are ` +
        "watched, customers refund themselves on their orders' page, without giving a reason.",
    uncategorized_text: summary(use),
  });
}

function activityLog({ plays, playCount }: OrderUse): string {
  if (plays.length === 0) return "";
  const head = playCount > plays.length ? `The latest ${plays.length} of ${playCount} plays. ` : "";
  const lines = [
    `${head}Each line is a one-time password that was issued to the customer's signed-in account to play a video: ` +
    "time (UTC), lesson, network address, browser.",
  ];
  let length = lines[0]!.length;
  for (const play of plays) {
    const line = writePlay(play);
    length += line.length + 1;
    if (length > LONGEST) break;
    lines.push(line);
  }
  return lines.join("\n");
}

function summary(use: OrderUse): string {
  const { student, receiptNumber, paidAt, plays, playCount, ipAddresses, mails } = use;
  const minutes = (seconds: number) => Math.round(seconds / 60);
  return [
    student.registeredAt ? `The account was registered on ${day(student.registeredAt)}.` : "",
    paidAt && receiptNumber !== null
      ? `The order was paid on ${day(paidAt)}, receipt ${receiptNumber}; access was given at once.`
      : "",
    plays.length > 0
      ? `Since then videos were played ${playCount} times, last on ${day(plays[0]!.at)}, from ` +
        `${ipAddresses.length} network address${ipAddresses.length === 1 ? "" : "es"}.`
      : "No video was played since.",
    ...use.lines.map(({ title, watchedSeconds, completedLessons }) =>
      `${title}: ${minutes(watchedSeconds)} minutes watched, ${completedLessons} lessons completed.`
    ),
    ...ipAddresses.map(({ ipAddress, count }) => `${ipAddress}: ${count}`),
    ...(mails.length > 0
      ? ["Mails to the customer about this order (time in UTC, kind, subject, address, delivery):"]
      : []),
    ...mails.map(writeMail),
  ].filter(Boolean).join("\n").slice(0, LONGEST);
}

const day = (date: Date) => date.toISOString().slice(0, 10);
const second = (date: Date) => date.toISOString().slice(0, 19).replace("T", " ");
const writePrice = (money: Money) => `${decimalAmount(money)} ${money.currency.toUpperCase()}`;

function writePlay({ at, course, lesson, ipAddress, userAgent }: Play): string {
  return `${second(at)} | ${course}: ${lesson} | ${ipAddress} | ${userAgent}`;
}

function writeMail({ at, kind, subject, to, state }: MailedNotice): string {
  return [second(at), kind.replaceAll("_", " "), subject, to, MAILED[state]].filter(Boolean).join(" | ");
}

function withoutBlank(evidence: Evidence): Evidence {
  return Object.fromEntries(Object.entries(evidence).filter(([, text]) => text !== ""));
}
