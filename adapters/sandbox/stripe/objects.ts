// Stripe's API objects, as far as a shop with Checkout uses them (https://docs.stripe.com/api).

export type LineItem = { name: string; quantity: number; unitAmount: number };

export type Session = {
  id: string;
  object: "checkout.session";
  mode: "payment";
  status: "open" | "complete" | "expired";
  payment_status: "unpaid" | "paid" | "no_payment_required";
  url: string | null;
  currency: string;
  amount_subtotal: number;
  amount_total: number;
  total_details: { amount_discount: number; amount_shipping: number; amount_tax: number };
  discounts: { coupon: string | null; promotion_code: string | null }[];
  allow_promotion_codes: boolean | null;
  client_reference_id: string | null;
  customer_email: string | null;
  customer_details: { email: string | null } | null;
  metadata: Record<string, string>;
  payment_intent: string | null;
  success_url: string;
  cancel_url: string | null;
  created: number;
  expires_at: number;
  livemode: false;
};

export type PaymentIntent = {
  id: string;
  object: "payment_intent";
  amount: number;
  amount_received: number;
  currency: string;
  status: "requires_payment_method" | "processing" | "succeeded" | "canceled";
  metadata: Record<string, string>;
  latest_charge: string | null;
  last_payment_error: { code: string; decline_code: string; message: string } | null;
  created: number;
  livemode: false;
};

export type Charge = {
  id: string;
  object: "charge";
  amount: number;
  amount_captured: number;
  amount_refunded: number;
  refunded: boolean;
  currency: string;
  payment_intent: string;
  status: "succeeded";
  paid: true;
  captured: true;
  disputed: boolean;
  billing_details: { email: string | null };
  receipt_email: string | null;
  receipt_url: string;
  metadata: Record<string, string>;
  payment_method_details: { type: "card"; card: { last4: string } } | { type: "us_bank_account" };
  created: number;
  livemode: false;
};

export type Refund = {
  id: string;
  object: "refund";
  amount: number;
  currency: string;
  charge: string;
  payment_intent: string;
  status: "pending" | "succeeded" | "failed" | "canceled";
  reason: string | null;
  failure_reason?: string;
  metadata: Record<string, string>;
  created: number;
};

export type Dispute = {
  id: string;
  object: "dispute";
  amount: number;
  currency: string;
  charge: string;
  payment_intent: string;
  reason: string;
  status: "warning_needs_response" | "warning_closed" | "needs_response" | "under_review" | "won" | "lost";
  evidence: Record<string, string>;
  evidence_details: { due_by: number; has_evidence: boolean; past_due: boolean; submission_count: number };
  is_charge_refundable: boolean;
  metadata: Record<string, string>;
  created: number;
  livemode: false;
};

export type Coupon = {
  id: string;
  object: "coupon";
  name: string | null;
  amount_off: number | null;
  percent_off: number | null;
  currency: string | null;
  duration: "once" | "forever" | "repeating";
  max_redemptions: number | null;
  redeem_by: number | null;
  times_redeemed: number;
  valid: boolean;
  metadata: Record<string, string>;
  created: number;
  livemode: false;
};

export type PromotionCode = {
  id: string;
  object: "promotion_code";
  code: string;
  promotion: { type: "coupon"; coupon: string };
  active: boolean;
  max_redemptions: number | null;
  expires_at: number | null;
  times_redeemed: number;
  metadata: Record<string, string>;
  created: number;
  livemode: false;
};

export type Event = {
  id: string;
  object: "event";
  api_version: string;
  type: string;
  created: number;
  livemode: false;
  pending_webhooks: number;
  request: null;
  data: { object: unknown };
};

export type StripeObject =
  | Session
  | PaymentIntent
  | Charge
  | Refund
  | Dispute
  | Coupon
  | PromotionCode
  | Event;
