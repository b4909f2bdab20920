import { normaliseEmail } from "./accounts/email_address.ts";
import { tidyText } from "./text.ts";
import { isUuid } from "./uuid.ts";

/**
 * The one spelling of what names a thing or a person: a UUID in lower case, an e-mail address as accounts have it, a slug or any
 * other id as it is, for those of vendors tell capitals apart.
 */
export function normaliseReference(text: string): string {
  const tidy = tidyText(text);
  if (isUuid(tidy)) return tidy.toLowerCase();
  return tidy.includes("@") ? normaliseEmail(tidy) : tidy;
}
