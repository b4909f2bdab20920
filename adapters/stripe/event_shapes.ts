import type Stripe from "stripe";
import { z } from "zod";
import { readWebhookJson } from "../webhook_json.ts";

// The fields of each object that are read (events.ts, evidence.ts), with the types that Stripe documents:
// https://docs.stripe.com/api.
const id = z.string().min(1).max(255);
const code = z.string().max(255).nullish();
const reference = z.union([id, z.looseObject({ id })]).nullish();
const amount = z.int().min(0);
const currency = z.string().regex(/^[a-z]{3}$/);
const metadata = z.record(z.string(), z.string().max(500)).nullish();
/** Seconds since 1970, to the year 3000. */
const seconds = z.int().min(0).max(32_503_680_000);

const session = z.looseObject({
  id,
  mode: code,
  metadata,
  currency: currency.nullish(),
  amount_subtotal: amount.nullish(),
  amount_total: amount.nullish(),
  total_details: z.looseObject({ amount_discount: amount.nullish(), amount_tax: amount.nullish() }).nullish(),
  payment_intent: reference,
  payment_status: code,
});
const refund = z.looseObject({
  id,
  metadata,
  payment_intent: reference,
  amount,
  currency,
  status: code,
  failure_reason: code,
});
const intent = z.looseObject({
  metadata,
  last_payment_error: z.looseObject({ code, decline_code: code }).nullish(),
});

/** The shape of an event's object, by prefix of the event's type; the first match counts. */
const OBJECTS: [type: string, shape: z.ZodType][] = [
  ["checkout.session.", session],
  ["payment_intent.payment_failed", intent],
  ["refund.", refund],
  ["charge.refund.updated", refund],
  ["charge.refunded", z.looseObject({ payment_intent: reference })],
  ["charge.dispute.", z.looseObject({ id })],
];

const event = z.looseObject({
  id,
  type: id,
  livemode: z.boolean().optional(),
  account: id.nullish(),
  created: seconds.optional(),
  data: z.looseObject({ object: z.looseObject({}).nullish() }).nullish(),
}).superRefine((event, context) => {
  const { type, created, data } = event;
  const shape = data?.object && OBJECTS.find(([begin]) => type.startsWith(begin))?.[1];
  const faults = shape ? shape.safeParse(data.object).error?.issues ?? [] : [];
  for (const { path, message } of faults) {
    context.addIssue({ code: "custom", path: ["data", "object", ...path], message });
  }
  if (shape === intent && created === undefined) {
    context.addIssue({ code: "custom", path: ["created"], message: "Missing" });
  }
});

/**
 * Parses an event. Throws DomainError `invalid_input` for anything that Stripe does not send, so that all data read
 * from it has the declared type.
 */
export const readStripeEvent = (body: string): Stripe.Event =>
  readWebhookJson(body, event) as unknown as Stripe.Event;
