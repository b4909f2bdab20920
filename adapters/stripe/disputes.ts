import type Stripe from "stripe";
import type { DisputeDesk } from "../../domain/settlement/disputes/ports.ts";
import { stripeClient, unavailable } from "./client.ts";

/** Returns disputes at Stripe (https://docs.stripe.com/disputes/api). */
export function stripeDisputes(config: { secretKey: string; apiUrl: string }): DisputeDesk {
  const client = stripeClient(config);
  return {
    async submit(disputeId, evidence) {
      try {
        await (await client()).disputes.update(disputeId, { evidence, submit: true });
        return null;
      } catch (cause) {
        const error = cause as Stripe.errors.StripeError;
        if (error.type === "StripeInvalidRequestError") return error.message;
        throw unavailable(cause);
      }
    },
  };
}
