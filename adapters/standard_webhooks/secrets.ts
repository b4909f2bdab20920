import { Buffer } from "node:buffer";
import type { EndpointSecrets } from "../../domain/webhooks/ports.ts";

/** Returns secrets as Standard Webhooks wants them: `whsec_` and 32 random bytes in base64. */
export const standardWebhookSecrets: EndpointSecrets = {
  issue: () => `whsec_${Buffer.from(crypto.getRandomValues(new Uint8Array(32))).toString("base64")}`,
};
