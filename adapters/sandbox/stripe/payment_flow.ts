import { fateOf, type FormError, formError } from "./cards.ts";
import type { Discounts } from "./discounts.ts";
import type { DisputeFlow } from "./dispute_flow.ts";
import type { Happenings } from "./happenings.ts";
import type { Charge, Event, PaymentIntent, Session } from "./objects.ts";
import { refusal, type SessionParameters } from "./parameters.ts";
import type { StripeStore } from "./store.ts";

const MINUTE = 60;

/**
 * Returns the steps of a Checkout session: opened, paid in one way or another, or expired. Times are in milliseconds.
 */
export function paymentFlow(
  store: StripeStore,
  options: {
    origin: string;
    delayMs: number;
    events: Happenings;
    discounts: Discounts;
    disputes: DisputeFlow;
  },
) {
  const { origin, delayMs, events, discounts, disputes } = options;
  const { now, seconds, newId, emit } = events;

  function openSession(parameters: SessionParameters): Session {
    const { items, amount, currency, expiresAt } = termsOf(parameters, seconds());
    const discount = discounts.resolve(parameters.discounts?.[0], amount, currency);
    const total = amount - discount.off;
    const id = newId("cs_test");
    const intent: PaymentIntent = {
      id: newId("pi"),
      object: "payment_intent",
      amount: total,
      amount_received: 0,
      currency,
      status: "requires_payment_method",
      metadata: parameters.payment_intent_data.metadata,
      latest_charge: null,
      last_payment_error: null,
      created: seconds(),
      livemode: false,
    };
    const session: Session = {
      id,
      object: "checkout.session",
      mode: "payment",
      status: "open",
      payment_status: total === 0 ? "no_payment_required" : "unpaid",
      url: `${origin}/pay/${id}`,
      currency,
      amount_subtotal: amount,
      amount_total: total,
      total_details: { amount_discount: discount.off, amount_shipping: 0, amount_tax: 0 },
      discounts: discount.discounts,
      allow_promotion_codes: parameters.allow_promotion_codes === "true" ? true : null,
      client_reference_id: parameters.client_reference_id ?? null,
      customer_email: parameters.customer_email ?? null,
      customer_details: null,
      metadata: parameters.metadata,
      payment_intent: total === 0 ? null : intent.id,
      success_url: parameters.success_url,
      cancel_url: parameters.cancel_url ?? null,
      created: seconds(),
      expires_at: expiresAt,
      livemode: false,
    };
    if (total > 0) store.put(intent);
    store.put(session);
    store.addLineItems(id, items);
    return session;
  }

  function saveIntent(session: Session, change: Partial<PaymentIntent>): PaymentIntent | null {
    const intent = session.payment_intent &&
      store.get<PaymentIntent>(session.payment_intent, "payment_intent");
    if (!intent) return null;
    const changed = { ...intent, ...change };
    store.put(changed);
    return changed;
  }

  function complete(session: Session, email: string, paymentStatus: Session["payment_status"]): Event {
    const completed: Session = {
      ...session,
      status: "complete",
      payment_status: paymentStatus,
      url: null,
      customer_details: { email },
    };
    store.put(completed);
    discounts.redeem(completed);
    return emit("checkout.session.completed", completed);
  }

  /** Completes the payment: creates the intent's charge. */
  function charge(session: Session, email: string, method: Charge["payment_method_details"]): Charge {
    const id = newId("ch");
    const intent = saveIntent(session, {
      status: "succeeded",
      amount_received: session.amount_total,
      latest_charge: id,
      last_payment_error: null,
    })!;
    const charge: Charge = {
      id,
      object: "charge",
      amount: session.amount_total,
      amount_captured: session.amount_total,
      amount_refunded: 0,
      refunded: false,
      currency: session.currency,
      payment_intent: intent.id,
      status: "succeeded",
      paid: true,
      captured: true,
      disputed: false,
      billing_details: { email },
      receipt_email: email,
      receipt_url: `${origin}/receipts/${id}`,
      metadata: intent.metadata,
      payment_method_details: method,
      created: seconds(),
      livemode: false,
    };
    store.put(charge);
    emit("charge.succeeded", charge);
    emit("payment_intent.succeeded", intent);
    return charge;
  }

  /** Applies an entered promotion code to an open session, or removes it. */
  function enterCode(session: Session, code: string): Session | null {
    const entered = code.trim() === ""
      ? { discounts: [], off: 0 }
      : discounts.typed(code, session.amount_subtotal, session.currency);
    if (!entered) return null;
    const total = session.amount_subtotal - entered.off;
    const changed: Session = {
      ...session,
      discounts: entered.discounts,
      amount_total: total,
      total_details: { ...session.total_details, amount_discount: entered.off },
      payment_status: total === 0 ? "no_payment_required" : "unpaid",
      payment_intent: total === 0 ? null : session.payment_intent,
    };
    saveIntent(changed, { amount: total });
    store.put(changed);
    return changed;
  }

  return {
    /** To be called in a transaction, like `expire`. */
    openSession,
    expire,

    /**
     * Charges a card. Returns the resulting event, or what is wrong with the form; null if the session cannot be paid
     * now.
     */
    payByCard(
      sessionId: string,
      form: { email: string; number: string; expiry: string; cvc: string; code?: string },
    ): { event: Event } | { error: FormError } | null {
      return store.atomically(() => {
        let session = store.get<Session>(sessionId, "checkout.session");
        if (session?.status !== "open") return null;
        if (session.allow_promotion_codes) {
          session = enterCode(session, form.code ?? "");
          if (!session) return { error: { field: "code", message: "This code is invalid." } };
        }
        if (session.payment_status === "no_payment_required") {
          return { event: complete(session, form.email, "no_payment_required") };
        }
        const error = formError(form, new Date(now()));
        if (error) return { error };
        const { decline, disputeReason, last4 } = fateOf(form.number);
        if (decline) {
          const intent = saveIntent(session, { last_payment_error: decline });
          emit("payment_intent.payment_failed", intent!);
          return { error: { field: "number", message: decline.message } };
        }
        const paid = charge(session, form.email, { type: "card", card: { last4 } });
        const event = complete(session, form.email, "paid");
        if (disputeReason) disputes.open(paid.id, disputeReason);
        return { event };
      });
    },

    /** Starts a bank debit, which succeeds or fails later. */
    payByDebit(sessionId: string, form: { email: string; succeeds: boolean }): { event: Event } | null {
      return store.atomically(() => {
        const session = store.get<Session>(sessionId, "checkout.session");
        if (session?.status !== "open") return null;
        if (session.payment_intent === null) {
          return { event: complete(session, form.email, "no_payment_required") };
        }
        saveIntent(session, { status: "processing" });
        store.addDelayed(sessionId, now() + delayMs, form.succeeds);
        return { event: complete(session, form.email, "unpaid") };
      });
    },

    /** Processes everything due: results of bank debits, and expiry of unpaid sessions. */
    advance(): void {
      store.atomically(() => {
        for (const { sessionId, succeeds } of store.takeDelayed(now())) {
          const session = store.get<Session>(sessionId, "checkout.session")!;
          if (succeeds) {
            charge(session, session.customer_details?.email ?? "", { type: "us_bank_account" });
            const paid: Session = { ...session, payment_status: "paid" };
            store.put(paid);
            emit("checkout.session.async_payment_succeeded", paid);
          } else {
            const intent = saveIntent(session, {
              status: "requires_payment_method",
              last_payment_error: {
                code: "payment_intent_payment_attempt_failed",
                decline_code: "insufficient_funds",
                message: "The bank returned the payment.",
              },
            })!;
            emit("payment_intent.payment_failed", intent);
            emit("checkout.session.async_payment_failed", session);
          }
        }
        for (const session of store.list<Session>("checkout.session")) {
          if (session.status === "open" && session.expires_at <= seconds()) expire(session.id);
        }
      });
    },
  };

  function expire(sessionId: string): Session | null {
    const session = store.get<Session>(sessionId, "checkout.session");
    if (session?.status !== "open") return null;
    const expired: Session = { ...session, status: "expired", url: null };
    store.put(expired);
    emit("checkout.session.expired", expired);
    return expired;
  }
}

export type PaymentFlow = ReturnType<typeof paymentFlow>;

/**
 * Returns the terms of the requested session; `now` is in seconds. Throws Stripe's refusal of parameters that its API
 * does not accept.
 */
function termsOf(parameters: SessionParameters, now: number) {
  const items = parameters.line_items.map(({ quantity, price_data }) => ({
    name: price_data.product_data.name,
    quantity,
    unitAmount: price_data.unit_amount,
  }));
  const currencies = new Set(parameters.line_items.map((item) => item.price_data.currency));
  if (currencies.size > 1) {
    throw refusal("parameter_invalid", "All line items must have the same currency.", "line_items");
  }
  const expiresAt = parameters.expires_at ?? now + 24 * 60 * MINUTE;
  if (expiresAt < now + 30 * MINUTE || expiresAt > now + 24 * 60 * MINUTE) {
    throw refusal(
      "parameter_invalid",
      "The `expires_at` timestamp must be 30 minutes to 24 hours from Checkout Session creation.",
      "expires_at",
    );
  }
  const amount = items.reduce((sum, item) => sum + item.quantity * item.unitAmount, 0);
  const currency = [...currencies][0]!;
  if (parameters.discounts && parameters.allow_promotion_codes) {
    throw refusal(
      "parameter_invalid",
      "You may only specify one of these parameters: allow_promotion_codes, discounts.",
      "discounts",
    );
  }
  return { items, amount, currency, expiresAt };
}
