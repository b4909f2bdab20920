import { normaliseEmail } from "./accounts/email_address.ts";
import { tidyText } from "./text.ts";
import { isUuid } from "./uuid.ts";

/**
 * Normalises a reference to a thing or a person: a UUID to lower case, an e-mail address as accounts store it. A slug
 * or any other id stays as it is, because vendors' ids are case-sensitive.
 */
export function normaliseReference(text: string): string {
  const tidy = tidyText(text);
  if (isUuid(tidy)) return tidy.toLowerCase();
  return tidy.includes("@") ? normaliseEmail(tidy) : tidy;
}
