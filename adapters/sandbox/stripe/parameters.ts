// @ts-types="@types/qs"
import qs from "qs";
import { z } from "zod";

/** A refusal in Stripe's format (https://docs.stripe.com/api/errors). */
export class StripeRefusal extends Error {
  override readonly name = "StripeRefusal";
  constructor(
    readonly status: 400 | 401 | 402 | 404,
    readonly body: { type: string; code?: string; message: string; param?: string },
  ) {
    super(body.message);
  }
}

// All values of a form are text.
const integer = z.string().regex(/^\d+$/).transform(Number);
const metadata = z.record(z.string().max(40), z.string().max(500)).refine((map) =>
  Object.keys(map).length <= 50
);
const address = z.string().refine((text) => URL.canParse(text.replace("{CHECKOUT_SESSION_ID}", "cs")));

const lineItem = z.strictObject({
  quantity: integer.default(1),
  price_data: z.strictObject({
    currency: z.string().regex(/^[a-z]{3}$/),
    unit_amount: integer,
    product_data: z.strictObject({
      name: z.string().min(1),
      description: z.string().min(1).optional(),
      images: z.array(address).max(8).optional(),
      metadata: metadata.optional(),
    }),
  }),
});

/** The parameters for creating a Checkout session, as far as shops like ours use them. */
export const sessionParameters = z.strictObject({
  mode: z.enum(["payment"]),
  line_items: z.array(lineItem).min(1).max(100),
  success_url: address,
  cancel_url: address.optional(),
  client_reference_id: z.string().max(200).optional(),
  customer_email: z.email().optional(),
  metadata: metadata.default({}),
  payment_intent_data: z.strictObject({ metadata: metadata.default({}) }).default({ metadata: {} }),
  discounts: z.array(z.strictObject({
    coupon: z.string().optional(),
    promotion_code: z.string().optional(),
  })).max(1).optional(),
  allow_promotion_codes: z.enum(["true", "false"]).optional(),
  adaptive_pricing: z.strictObject({ enabled: z.enum(["true", "false"]) }).optional(),
  expires_at: integer.optional(),
});
export type SessionParameters = z.output<typeof sessionParameters>;

/** The parameters for creating a refund. */
export const refundParameters = z.strictObject({
  payment_intent: z.string().optional(),
  charge: z.string().optional(),
  amount: integer.optional(),
  reason: z.enum(["duplicate", "fraudulent", "requested_by_customer"]).optional(),
  metadata: metadata.default({}),
});
export type RefundParameters = z.output<typeof refundParameters>;

export const couponParameters = z.strictObject({
  id: z.string().regex(/^[\w-]{1,200}$/).optional(),
  name: z.string().max(40).optional(),
  amount_off: integer.pipe(z.number().min(1)).optional(),
  percent_off: z.string().regex(/^\d+(\.\d+)?$/).transform(Number).pipe(z.number().gt(0).max(100)).optional(),
  currency: z.string().regex(/^[a-z]{3}$/).optional(),
  duration: z.enum(["once", "forever", "repeating"]).default("once"),
  max_redemptions: integer.optional(),
  redeem_by: integer.optional(),
  metadata: metadata.default({}),
});
export type CouponParameters = z.output<typeof couponParameters>;

export const promotionCodeParameters = z.strictObject({
  promotion: z.strictObject({ type: z.literal("coupon"), coupon: z.string() }),
  code: z.string().regex(/^[A-Za-z0-9-]+$/).optional(),
  active: z.enum(["true", "false"]).default("true"),
  expires_at: integer.optional(),
  max_redemptions: integer.optional(),
  metadata: metadata.default({}),
});
export type PromotionCodeParameters = z.output<typeof promotionCodeParameters>;

export const promotionCodeChange = z.strictObject({
  active: z.enum(["true", "false"]).optional(),
  metadata: metadata.optional(),
});

/** The fields of evidence are texts, or ids of uploaded files (https://docs.stripe.com/api/disputes/evidence_object). */
export const disputeChange = z.strictObject({
  evidence: z.partialRecord(
    z.enum([
      "access_activity_log",
      "billing_address",
      "cancellation_policy_disclosure",
      "cancellation_rebuttal",
      "customer_communication",
      "customer_email_address",
      "customer_name",
      "customer_purchase_ip",
      "product_description",
      "receipt",
      "refund_policy",
      "refund_policy_disclosure",
      "refund_refusal_explanation",
      "service_date",
      "service_documentation",
      "uncategorized_file",
      "uncategorized_text",
    ]),
    z.string().max(150_000),
  ).default({}),
  submit: z.enum(["true", "false"]).default("false"),
  metadata: metadata.optional(),
});
export type DisputeChange = z.output<typeof disputeChange>;

/** The parameters for expanding objects in a response. */
export const retrieveParameters = z.strictObject({ expand: z.array(z.string()).default([]) });

/** The parameters of lists: the number of items, the position to continue from, and the usual filters. */
export const listParameters = z.strictObject({
  limit: integer.pipe(z.number().min(1).max(100)).default(10),
  starting_after: z.string().optional(),
  payment_intent: z.string().optional(),
  charge: z.string().optional(),
  code: z.string().optional(),
  status: z.string().optional(),
  type: z.string().optional(),
  delivery_success: z.enum(["true", "false"]).optional(),
  created: z.union([
    integer,
    z.strictObject({
      gt: integer.optional(),
      gte: integer.optional(),
      lt: integer.optional(),
      lte: integer.optional(),
    }),
  ]).optional(),
});
export type ListParameters = z.output<typeof listParameters>;

/** Reads form encoding with nested brackets. Refuses unknown, missing or malformed parameters as Stripe does. */
export function readParameters<Schema extends z.ZodType>(schema: Schema, form: string): z.output<Schema> {
  const result = schema.safeParse(qs.parse(form, { depth: 10, arrayLimit: 100, parameterLimit: 5000 }));
  if (result.success) return result.data;
  const issue = result.error.issues[0]!;
  if (issue.code === "unrecognized_keys") {
    const param = parameterName([...issue.path, issue.keys[0]!]);
    throw refusal("parameter_unknown", `Received unknown parameter: ${param}`, param);
  }
  const param = parameterName(issue.path);
  if (issue.message.endsWith("received undefined")) {
    throw refusal("parameter_missing", `Missing required param: ${param}.`, param);
  }
  throw refusal("parameter_invalid", `Invalid ${param}: ${issue.message}`, param);
}

/** Creates a 400 that names a parameter. */
export function refusal(code: string, message: string, param: string): StripeRefusal {
  return new StripeRefusal(400, { type: "invalid_request_error", code, message, param });
}

const parameterName = ([first, ...rest]: PropertyKey[]) =>
  String(first) + rest.map((key) => `[${String(key)}]`).join("");
