import { SignJWT } from "jose";
import type { SupportIdentity } from "../../domain/support/ports.ts";

type Options = { appId: string; identitySecret: string };

/**
 * Returns tokens for Intercom's Messenger (`intercom_user_jwt`): HS256 with the Messenger's secret
 * (https://www.intercom.com/help/en/articles/10589769).
 */
export function intercomIdentity({ appId, identitySecret }: Options): SupportIdentity {
  const key = new TextEncoder().encode(identitySecret);
  return {
    appId,
    issue: ({ id, email, name }) =>
      new SignJWT({ user_id: id, email, ...(name === null ? {} : { name }) })
        .setProtectedHeader({ alg: "HS256", typ: "JWT" })
        .setExpirationTime("1h")
        .sign(key),
  };
}
