import { DomainError } from "../errors.ts";
import { tidyText } from "../text.ts";

/**
 * Normalises an e-mail address: without invisible characters at its ends, in lower case, composed (NFC), and with the
 * domain as DNS and mail servers spell it: `пример.рф` is `xn--e1afmkfd.xn--p1ai`. Text that cannot be an address is
 * returned in lower case and matches nobody.
 */
export function normaliseEmail(address: string): string {
  const tidy = tidyText(address).toLowerCase().normalize("NFC");
  const at = tidy.lastIndexOf("@");
  return at < 0 ? tidy : tidy.slice(0, at + 1) + asciiDomain(tidy.slice(at + 1));
}

const ATOM = "[a-z0-9!#$%&'*+\\/=?^_`{|}~-]+";
const LABEL = "(?!-)[a-z0-9-]{1,63}(?<!-)";
/**
 * The pattern of normalised addresses. The local part is RFC 5321's dot-string in ASCII, because few mail servers
 * reach other mailboxes. The domain is a DNS name with at least two labels, the last of which is neither a single
 * letter nor a number.
 */
export const EMAIL_PATTERN =
  `^(?=[^@]{1,64}@.{4,253}$)${ATOM}(?:\\.${ATOM})*@(?:${LABEL}\\.)+(?!\\d+$)(?!.$)${LABEL}$`;
const EMAIL_ADDRESS = new RegExp(EMAIL_PATTERN);

/** Returns whether a normalised address is well-formed. Only a mailed link can show whether the address exists. */
export function isEmailAddress(address: string): boolean {
  return address.length <= 254 && EMAIL_ADDRESS.test(address);
}

/** Returns a new e-mail address, normalised. Throws DomainError `invalid_input` when it is not well-formed. */
export function newEmailAddress(address: string): string {
  const email = normaliseEmail(address);
  if (isEmailAddress(email)) return email;
  const message = "Enter a valid e-mail address.";
  throw new DomainError("invalid_input", message, { fields: { email: [message] } });
}

/** Maps a domain by UTS 46, as browsers do with host names. Returns it unchanged if it cannot be a domain. */
function asciiDomain(domain: string): string {
  if (/^[a-z0-9.-]*$/.test(domain) && !domain.includes("xn--")) return domain;
  if (/[\s/\\?#@:%[\]<>]/u.test(domain)) return domain;
  try {
    return new URL(`http://${domain}`).hostname;
  } catch {
    return domain;
  }
}
