import type { AuditLog } from "../../domain/audit/ports.ts";
import {
  listDisputes,
  previewEvidence,
  submitEvidence,
} from "../../domain/settlement/disputes/answer_dispute.ts";
import type { Dispute, DisputeDesk, Disputes } from "../../domain/settlement/disputes/ports.ts";
import { decimalAmount } from "../../domain/money.ts";
import type { RefundPolicy } from "../../domain/orders/refund_policy.ts";
import type { Transaction } from "../../domain/transaction.ts";
import type { Handlers } from "../http/contract_app.ts";
import { pageOf, rangeOf } from "../http/pages.ts";

type Deps = {
  disputes: Disputes;
  disputeDesk: DisputeDesk;
  refundPolicy: RefundPolicy;
  transaction: Transaction<{ audit: AuditLog }>;
};

/** Serves disputes and their evidence. */
export const disputeRoutes = (
  deps: Deps,
): Handlers<"listDisputes" | "previewEvidence" | "submitEvidence"> => ({
  async listDisputes(request) {
    const { count, disputes } = await listDisputes(deps, {
      caller: request.caller,
      filter: { status: request.query.status },
      range: rangeOf(request.query),
    });
    return { status: 200, body: pageOf(request, count, disputes.map(toWire)) };
  },

  async previewEvidence({ caller, params }) {
    const { dispute, evidence } = await previewEvidence(deps, { caller, disputeId: params.id });
    return { status: 200, body: { dispute: toWire(dispute), evidence } };
  },

  async submitEvidence({ caller, params, body, requestId }) {
    const { dispute, evidence } = await submitEvidence(deps, {
      caller,
      requestId,
      disputeId: params.id,
      changes: body.evidence ?? {},
    });
    return { status: 200, body: { dispute: toWire(dispute), evidence } };
  },
});

function toWire(dispute: Dispute) {
  return {
    id: dispute.id,
    order_id: dispute.orderId,
    student_email: dispute.studentEmail,
    amount: decimalAmount(dispute.amount),
    currency: dispute.amount.currency,
    status: dispute.status,
    reason: dispute.reason,
    evidence_due_at: dispute.evidenceDueAt?.toISOString() ?? null,
    created_at: dispute.createdAt.toISOString(),
  };
}
