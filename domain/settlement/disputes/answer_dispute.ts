import type { Caller } from "../../accounts/ports.ts";
import { requireAdministrator } from "../../accounts/require_administrator.ts";
import { actorOf } from "../../audit/actor.ts";
import type { AuditLog } from "../../audit/ports.ts";
import { DomainError, orNotFound } from "../../errors.ts";
import type { RefundPolicy } from "../../orders/refund_policy.ts";
import type { Transaction } from "../../transaction.ts";
import { assembleEvidence } from "./assemble_evidence.ts";
import type { Dispute, DisputeDesk, Disputes, Evidence } from "./ports.ts";
import type { Range } from "../../range.ts";

type Deps = { disputes: Disputes; refundPolicy: RefundPolicy };

/** The states in which Stripe accepts evidence. */
const ANSWERABLE = new Set(["needs_response", "warning_needs_response"]);

/** Lists disputes, those that need evidence first; for administrators. */
export async function listDisputes(
  deps: Deps,
  input: { caller: Caller; filter: { status?: string }; range: Range },
): Promise<{ count: number; disputes: Dispute[] }> {
  requireAdministrator(input.caller);
  return await deps.disputes.list(input.filter, input.range);
}

/** Returns the evidence that would be submitted to the bank now; for administrators. */
export async function previewEvidence(
  deps: Deps,
  input: { caller: Caller; disputeId: string },
): Promise<{ dispute: Dispute; evidence: Evidence }> {
  requireAdministrator(input.caller);
  const dispute = orNotFound(await deps.disputes.byId(input.disputeId), "dispute");
  const use = dispute.orderId && await deps.disputes.use(dispute.orderId);
  if (!use) throw new DomainError("not_found", "No order of this shop is known for this dispute.");
  return { dispute, evidence: assembleEvidence(use, deps.refundPolicy) };
}

/**
 * Submits the evidence to the bank, with the administrator's changes. This can be done once. Throws DomainError
 * `already_settled` if the dispute does not accept evidence.
 */
export async function submitEvidence(
  deps: Deps & { disputeDesk: DisputeDesk; transaction: Transaction<{ audit: AuditLog }> },
  input: { caller: Caller; requestId: string; disputeId: string; changes: Evidence },
): Promise<{ dispute: Dispute; evidence: Evidence }> {
  const { dispute, evidence } = await previewEvidence(deps, input);
  if (!ANSWERABLE.has(dispute.status)) {
    throw new DomainError(
      "already_settled",
      `This dispute is ${dispute.status}: it no longer accepts evidence.`,
    );
  }
  const submitted = { ...evidence, ...input.changes };
  const refusal = await deps.disputeDesk.submit(dispute.id, submitted);
  if (refusal !== null) throw new DomainError("already_settled", refusal);
  await deps.transaction(({ audit }) =>
    audit.record({
      ...actorOf(input.caller),
      action: "dispute.submit_evidence",
      subject: { type: "dispute", id: dispute.id },
      after: { fields: Object.keys(submitted), changed: Object.keys(input.changes) },
      requestId: input.requestId,
    })
  );
  return { dispute, evidence: submitted };
}
