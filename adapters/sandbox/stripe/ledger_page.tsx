import { Page } from "../page.tsx";
import { formatPrice } from "./payment_page.tsx";
import type { Charge, Dispute, Refund } from "./objects.ts";

/** Lists every payment, with buttons for what a bank or somebody in Stripe's dashboard would do. */
export function LedgerPage(props: { charges: Charge[]; refunds: Refund[]; disputes: Dispute[] }) {
  return (
    <Page title="Payments">
      <h1>Payments</h1>
      <p class="quiet">
        What people do in Stripe's dashboard, and what banks do. The shop is told by webhook.
      </p>
      {props.charges.length === 0 && <p>Nothing has been paid yet.</p>}
      {props.charges.map((charge) => (
        <section class="card" id={charge.id}>
          <div class="row">
            <strong>{formatPrice(charge.amount, charge.currency)}</strong>
            <span class="quiet">{charge.billing_details.email}</span>
          </div>
          <p class="quiet">
            <code>{charge.payment_intent}</code>
            {charge.amount_refunded > 0 &&
              ` · refunded ${formatPrice(charge.amount_refunded, charge.currency)}`}
          </p>
          {props.refunds.filter((refund) => refund.charge === charge.id).map((refund) => (
            <div class="row">
              <span>
                Refund of {formatPrice(refund.amount, refund.currency)}: {refund.status}
              </span>
              {(refund.status === "succeeded" || refund.status === "pending") && (
                <Act path={`refunds/${refund.id}/fail`} label="Let it fail" />
              )}
            </div>
          ))}
          {props.disputes.filter((dispute) => dispute.charge === charge.id).map((dispute) => (
            <div class="row">
              <span>
                Dispute ({dispute.reason}): {dispute.status}
              </span>
              {["needs_response", "under_review"].includes(dispute.status) && (
                <span>
                  <Act path={`disputes/${dispute.id}/won`} label="Shop wins" />
                  <Act path={`disputes/${dispute.id}/lost`} label="Shop loses" />
                </span>
              )}
            </div>
          ))}
          {charge.amount_refunded < charge.amount && !charge.disputed && (
            <>
              <Act path={`charges/${charge.id}/refund`} label="Refund" amount />
              <Act path={`charges/${charge.id}/dispute`} label="Dispute" />
            </>
          )}
        </section>
      ))}
    </Page>
  );
}

function Act(props: { path: string; label: string; amount?: boolean }) {
  return (
    <form method="post" action={`/sandbox/stripe/${props.path}`}>
      {props.amount && (
        <>
          <label for={props.path}>Amount in minor units; empty for all that is left</label>
          <input id={props.path} name="amount" inputmode="numeric" />
        </>
      )}
      <button type="submit">{props.label}</button>
    </form>
  );
}
