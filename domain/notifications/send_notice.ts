import type { Notice } from "./ports.ts";
import { sendAccountNotice } from "./send_account_notice.ts";
import { sendAccessNotice } from "./send_access_notice.ts";
import { sendOrderConfirmation } from "./send_order_confirmation.ts";
import { sendOperatorAlert } from "./send_operator_alert.ts";
import { sendPaymentNotice } from "./send_payment_notice.ts";
import { sendTutorInvitation } from "./send_tutor_invitation.ts";

type Deps =
  & Parameters<typeof sendOrderConfirmation>[0]
  & Parameters<typeof sendAccessNotice>[0]
  & Parameters<typeof sendPaymentNotice>[0]
  & Parameters<typeof sendOperatorAlert>[0]
  & Parameters<typeof sendTutorInvitation>[0]
  & Parameters<typeof sendAccountNotice>[0];

/** Tells a person what a notice says; nothing when its cause is gone. Throws when it cannot be sent now. */
export async function sendNotice(deps: Deps, notice: Notice): Promise<void> {
  switch (notice.kind) {
    case "order_confirmation":
      return await sendOrderConfirmation(deps, notice);
    case "payment_processing":
    case "payment_failed":
    case "refund":
      return await sendPaymentNotice(deps, notice);
    case "operator_alert":
      return await sendOperatorAlert(deps, notice);
    case "access_granted":
    case "access_ending":
    case "access_ended":
      return await sendAccessNotice(deps, notice);
    case "tutor_invitation":
      return await sendTutorInvitation(deps, notice);
    default:
      return await sendAccountNotice(deps, notice);
  }
}
