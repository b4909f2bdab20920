import type { Hit, MeasuredEvent, Measurement } from "../../domain/analytics/ports.ts";
import { decimalAmount, sum } from "../../domain/money.ts";
import type { Config } from "../config/config.ts";
import { postJson } from "./post.ts";

const TIMEOUT_MS = 3000;
/** The longest text of a parameter, in characters. */
const LONGEST_TEXT = 100;

/**
 * Sends events to Google Analytics 4 by its Measurement Protocol
 * (https://developers.google.com/analytics/devguides/collection/protocol/ga4/reference). It returns 2xx whatever it gets,
 * and documents that any other status must not be sent again as it is; a failing server is taken for one that did not
 * receive it.
 */
export function googleAnalytics(
  { measurementId, apiSecret, apiUrl }: NonNullable<Config["analytics"]>,
  { timeoutMs = TIMEOUT_MS }: { timeoutMs?: number } = {},
): Measurement {
  const url = new URL(`${apiUrl}/mp/collect`);
  url.searchParams.set("measurement_id", measurementId);
  url.searchParams.set("api_secret", apiSecret);
  return {
    async send(hit) {
      const posted = await postJson(url, JSON.stringify(toBody(hit)), timeoutMs);
      if ("unsent" in posted) return { outcome: "unsent", reason: posted.unsent };
      if ("unknown" in posted) return { outcome: "unknown", reason: posted.unknown };
      const { status } = posted;
      if (status >= 200 && status < 300) return { outcome: "sent" };
      const isBusy = status === 429 || status >= 500;
      return { outcome: isBusy ? "unsent" : "refused", reason: `status ${status}` };
    },
  };
}

/** Returns the body of a request. Without session and engagement Google does not attribute an event to a visit. */
export function toBody({ visit, event, happenedAt }: Hit) {
  const consent = (isGranted: boolean) => isGranted ? "GRANTED" : "DENIED";
  return {
    client_id: visit.clientId,
    timestamp_micros: happenedAt.getTime() * 1000,
    consent: {
      ad_user_data: consent(visit.adUserData),
      ad_personalization: consent(visit.adPersonalization),
    },
    events: [{
      name: event.name,
      params: { session_id: visit.sessionId, engagement_time_msec: 1, ...paramsOf(event) },
    }],
  };
}

function paramsOf(event: MeasuredEvent): Record<string, unknown> {
  switch (event.name) {
    case "sign_up":
      return { method: "email" };
    case "lesson_completed":
      return { ...courseOf(event), lesson_id: event.lessonId };
    case "course_completed":
      return courseOf(event);
    default: {
      const { currency, items } = event;
      const decimal = (amount: bigint) => Number(decimalAmount({ amount, currency }));
      return {
        currency: currency.toUpperCase(),
        value: decimal(sum(items.map(({ amount }) => amount))),
        ...("orderId" in event ? { transaction_id: event.orderId } : {}),
        ...("tax" in event ? { tax: decimal(event.tax) } : {}),
        ...("coupon" in event && event.coupon !== null ? { coupon: cut(event.coupon) } : {}),
        items: items.map(({ courseId, title, amount }) => ({
          item_id: courseId,
          item_name: cut(title),
          price: decimal(amount),
          quantity: 1,
        })),
      };
    }
  }
}

const courseOf = ({ courseId, courseTitle }: { courseId: string; courseTitle: string }) => ({
  course_id: courseId,
  course_title: cut(courseTitle),
});

const cut = (text: string) => [...text].slice(0, LONGEST_TEXT).join("");
