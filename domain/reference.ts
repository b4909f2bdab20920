import { normaliseEmail } from "./accounts/email_address.ts";
import { tidyText } from "./text.ts";

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/**
 * The one spelling of what names a thing or a person: a UUID in lower case, an e-mail address as accounts have it, a slug or any
 * other id as it is, for those of vendors tell capitals apart.
 */
export function normaliseReference(text: string): string {
  const tidy = tidyText(text);
  if (UUID.test(tidy)) return tidy.toLowerCase();
  return tidy.includes("@") ? normaliseEmail(tidy) : tidy;
}
