/** One spelling per address: trimmed, NFC, lower case. */
export function normaliseEmail(address: string): string {
  return address.trim().normalize("NFC").toLowerCase();
}
