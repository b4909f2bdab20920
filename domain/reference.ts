import { normaliseEmail } from "./accounts/email_address.ts";
import { tidyText } from "./text.ts";

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/**
 * Normalises a reference to a thing or a person: a UUID to lower case, an e-mail address as accounts store it. A slug
 * or any other id stays as it is, because vendors' ids are case-sensitive.
 */
export function normaliseReference(text: string): string {
  const tidy = tidyText(text);
  if (UUID.test(tidy)) return tidy.toLowerCase();
  return tidy.includes("@") ? normaliseEmail(tidy) : tidy;
}
