import type { Happenings } from "./happenings.ts";
import type { Charge, PaymentIntent, Refund } from "./objects.ts";
import { type RefundParameters, refusal } from "./parameters.ts";
import type { StripeStore } from "./store.ts";

/** The further course of refunds to test cards (https://docs.stripe.com/testing#refunds). */
const REFUND_CARDS: Record<string, { first: Refund["status"]; succeeds: boolean }> = {
  "7726": { first: "pending", succeeds: true },
  "5126": { first: "succeeded", succeeds: false },
};

/**
 * Returns the steps of a refund: created, succeeded at once or later, perhaps failed after that. To be called in a
 * transaction.
 */
export function refundFlow(store: StripeStore, events: Happenings, delayMs: number) {
  function chargeOf({ payment_intent, charge }: RefundParameters): Charge {
    const intent = payment_intent && store.get<PaymentIntent>(payment_intent, "payment_intent");
    const id = intent ? intent.latest_charge : charge;
    const found = id ? store.get<Charge>(id, "charge") : null;
    if (found) return found;
    const param = payment_intent ? "payment_intent" : "charge";
    throw refusal("resource_missing", `There is no charge to refund for ${payment_intent ?? charge}.`, param);
  }

  function settle(refund: Refund, change: Partial<Refund>): Refund {
    const changed: Refund = { ...refund, ...change };
    store.put(changed);
    if (changed.status === "failed" && refund.status !== "failed") {
      const charge = store.get<Charge>(refund.charge, "charge")!;
      const left = charge.amount_refunded - refund.amount;
      store.put({ ...charge, amount_refunded: left, refunded: false });
      events.emit("refund.failed", changed);
    }
    events.emit("refund.updated", changed);
    return changed;
  }

  return {
    create(parameters: RefundParameters): Refund {
      const charge = chargeOf(parameters);
      const left = charge.amount - charge.amount_refunded;
      if (left === 0) {
        throw refusal("charge_already_refunded", `Charge ${charge.id} has already been refunded.`, "charge");
      }
      if (charge.disputed) {
        throw refusal("charge_disputed", `Charge ${charge.id} has been charged back.`, "charge");
      }
      const amount = parameters.amount ?? left;
      if (amount < 1 || amount > left) {
        throw refusal(
          "amount_too_large",
          `Refund amount (${amount}) is greater than unrefunded amount on charge (${left}).`,
          "amount",
        );
      }
      const details = charge.payment_method_details;
      const behaviour = details.type === "card"
        ? REFUND_CARDS[details.card.last4]
        : { first: "pending" as const, succeeds: true };
      const refund: Refund = {
        id: events.newId("re"),
        object: "refund",
        amount,
        currency: charge.currency,
        charge: charge.id,
        payment_intent: charge.payment_intent,
        status: behaviour?.first ?? "succeeded",
        reason: parameters.reason ?? null,
        metadata: parameters.metadata,
        created: events.seconds(),
      };
      const refunded: Charge = {
        ...charge,
        amount_refunded: charge.amount_refunded + amount,
        refunded: amount === left,
      };
      store.put(refund);
      store.put(refunded);
      events.emit("refund.created", refund);
      events.emit("charge.refunded", refunded);
      if (behaviour) store.addDelayedRefund(refund.id, events.now() + delayMs, behaviour.succeeds);
      return refund;
    },

    /** Fails a refund, because the bank returns the money. Returns null if it has already failed. */
    fail(refundId: string): Refund | null {
      const refund = store.get<Refund>(refundId, "refund");
      if (!refund || refund.status === "failed" || refund.status === "canceled") return null;
      return settle(refund, { status: "failed", failure_reason: "expired_or_canceled_card" });
    },

    /** Processes everything due. */
    advance(): void {
      for (const { refundId, succeeds } of store.takeDelayedRefunds(events.now())) {
        const refund = store.get<Refund>(refundId, "refund")!;
        settle(
          refund,
          succeeds
            ? { status: "succeeded" }
            : { status: "failed", failure_reason: "expired_or_canceled_card" },
        );
      }
    },
  };
}

export type RefundFlow = ReturnType<typeof refundFlow>;
