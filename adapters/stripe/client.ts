import type Stripe from "stripe";
import { DomainError } from "../../domain/errors.ts";

/** Two attempts of 4.5 seconds stay within the 10 seconds that the port promises. */
const TRY_MS = 4500;
const RETRIES = 1;

export type StripeConnection = {
  secretKey: string;
  apiUrl: string;
  /** The timeout of each of two attempts, in milliseconds. */
  tryMs?: number;
};

/** Creates Stripe's client on first use (its import takes 40 ms), for Stripe or a server with its protocol at `apiUrl`. */
export function stripeClient(config: StripeConnection): () => Promise<Stripe> {
  let client: Promise<Stripe> | undefined;
  return () =>
    client ??= import("stripe").then(({ default: Stripe }) => {
      const { hostname, port, protocol } = new URL(config.apiUrl);
      const scheme = protocol === "http:" ? "http" : "https";
      return new Stripe(config.secretKey, {
        httpClient: Stripe.createFetchHttpClient(),
        host: hostname,
        port: port || (scheme === "http" ? 80 : 443),
        protocol: scheme,
        telemetry: false,
        timeout: config.tryMs ?? TRY_MS,
        maxNetworkRetries: RETRIES,
      });
    });
}

/** Creates the refusal for any failure to get a response from Stripe. */
export function unavailable(cause: unknown): DomainError {
  return new DomainError(
    "vendor_unavailable",
    "The payment provider does not respond. Your order is saved; please try again in a moment.",
    { retryAfter: 5 },
    { cause },
  );
}
