// @ts-types="@types/qs"
import qs from "qs";
import { z } from "zod";

/** A refusal in Stripe's own form (https://docs.stripe.com/api/errors). */
export class StripeRefusal extends Error {
  override readonly name = "StripeRefusal";
  constructor(
    readonly status: 400 | 401 | 404,
    readonly body: { type: string; code?: string; message: string; param?: string },
  ) {
    super(body.message);
  }
}

// Everything in a form is text.
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

/** What may be sent to create a Checkout session; the part of Stripe's parameters that shops like ours use. */
export const sessionParameters = z.strictObject({
  mode: z.enum(["payment"]),
  line_items: z.array(lineItem).min(1).max(100),
  success_url: address,
  cancel_url: address.optional(),
  client_reference_id: z.string().max(200).optional(),
  customer_email: z.email().optional(),
  metadata: metadata.default({}),
  payment_intent_data: z.strictObject({ metadata: metadata.default({}) }).default({ metadata: {} }),
  adaptive_pricing: z.strictObject({ enabled: z.enum(["true", "false"]) }).optional(),
  expires_at: integer.optional(),
});
export type SessionParameters = z.output<typeof sessionParameters>;

/** Lists take a number of items and the usual filters. */
export const listParameters = z.strictObject({
  limit: integer.pipe(z.number().min(1).max(100)).default(10),
  payment_intent: z.string().optional(),
  type: z.string().optional(),
  delivery_success: z.enum(["true", "false"]).optional(),
  starting_after: z.string().optional(),
});

/** Reads form encoding with nested brackets, and refuses as Stripe does what is unknown, missing or malformed. */
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

/** A 400 that names a parameter. */
export function refusal(code: string, message: string, param: string): StripeRefusal {
  return new StripeRefusal(400, { type: "invalid_request_error", code, message, param });
}

const parameterName = ([first, ...rest]: PropertyKey[]) =>
  String(first) + rest.map((key) => `[${String(key)}]`).join("");
