import type { Happenings } from "./happenings.ts";
import type { Charge, Dispute } from "./objects.ts";
import { type DisputeChange, refusal } from "./parameters.ts";
import type { StripeStore } from "./store.ts";

const DAY = 24 * 3600;

/**
 * Returns the steps of a dispute (https://docs.stripe.com/disputes/how-disputes-work). To be called in a transaction.
 */
export function disputeFlow(store: StripeStore, events: Happenings) {
  const isOver = ({ status }: Dispute) => ["won", "lost", "warning_closed"].includes(status);

  function decide(dispute: Dispute, status: "won" | "lost" | "warning_closed"): Dispute {
    const decided: Dispute = { ...dispute, status };
    store.put(decided);
    const charge = store.get<Charge>(dispute.charge, "charge")!;
    if (status !== "lost") store.put({ ...charge, disputed: false });
    events.emit("charge.dispute.closed", decided);
    if (status === "won") events.emit("charge.dispute.funds_reinstated", decided);
    return decided;
  }

  return {
    /** Opens a dispute of a charge. Returns null if there is no such charge, or it is already disputed. */
    open(chargeId: string, reason: string, { isWarning = false } = {}): Dispute | null {
      const charge = store.get<Charge>(chargeId, "charge");
      if (!charge || charge.disputed) return null;
      const dispute: Dispute = {
        id: events.newId("du"),
        object: "dispute",
        amount: charge.amount - charge.amount_refunded,
        currency: charge.currency,
        charge: charge.id,
        payment_intent: charge.payment_intent,
        reason,
        status: isWarning ? "warning_needs_response" : "needs_response",
        evidence: {},
        evidence_details: {
          due_by: events.seconds() + 7 * DAY,
          has_evidence: false,
          past_due: false,
          submission_count: 0,
        },
        is_charge_refundable: isWarning,
        metadata: {},
        created: events.seconds(),
        livemode: false,
      };
      store.put(dispute);
      if (!isWarning) store.put({ ...charge, disputed: true });
      events.emit("charge.dispute.created", dispute);
      if (!isWarning) events.emit("charge.dispute.funds_withdrawn", dispute);
      return dispute;
    },

    /**
     * Stores evidence. Submitting `winning_evidence` or `losing_evidence` as text decides the dispute, as in Stripe's
     * test mode.
     */
    update(dispute: Dispute, change: DisputeChange): Dispute {
      if (isOver(dispute)) {
        throw refusal(
          "dispute_closed",
          `This dispute is ${dispute.status}: it no longer accepts evidence.`,
          "evidence",
        );
      }
      const submits = change.submit === "true";
      const evidence = { ...dispute.evidence, ...change.evidence as Record<string, string> };
      const updated: Dispute = {
        ...dispute,
        evidence,
        metadata: change.metadata ?? dispute.metadata,
        status: submits ? "under_review" : dispute.status,
        evidence_details: {
          ...dispute.evidence_details,
          has_evidence: Object.keys(evidence).length > 0,
          submission_count: dispute.evidence_details.submission_count + (submits ? 1 : 0),
        },
      };
      store.put(updated);
      events.emit("charge.dispute.updated", updated);
      if (submits && evidence.uncategorized_text === "winning_evidence") return decide(updated, "won");
      if (submits && evidence.uncategorized_text === "losing_evidence") return decide(updated, "lost");
      return updated;
    },

    /**
     * Closes a dispute by the bank's decision; a shop that closes a dispute loses it. Returns null if it is already
     * closed.
     */
    close(disputeId: string, status: "won" | "lost" | "warning_closed"): Dispute | null {
      const dispute = store.get<Dispute>(disputeId, "dispute");
      return !dispute || isOver(dispute) ? null : decide(dispute, status);
    },
  };
}

export type DisputeFlow = ReturnType<typeof disputeFlow>;
