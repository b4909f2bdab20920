import type { Notice } from "./ports.ts";
import { sendAccountNotice } from "./send_account_notice.ts";
import { sendOrderConfirmation } from "./send_order_confirmation.ts";

type Deps = Parameters<typeof sendOrderConfirmation>[0] & Parameters<typeof sendAccountNotice>[0];

/** Tells a person what a notice says; nothing when its cause is gone. Throws when it cannot be sent now. */
export async function sendNotice(deps: Deps, notice: Notice): Promise<void> {
  switch (notice.kind) {
    case "order_confirmation":
      return await sendOrderConfirmation(deps, notice);
    default:
      return await sendAccountNotice(deps, notice);
  }
}
