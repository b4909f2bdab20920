/** One spelling per address: trimmed, NFC, lower case. */
export function normaliseEmail(address: string): string {
  return address.trim().normalize("NFC").toLowerCase();
}

/** Whether a normalised address can be one at all; whether it is somebody's only a mailed link can tell. */
export function isEmailAddress(address: string): boolean {
  return address.length <= 254 && /^[^\s@<>()[\]\\,;:"]{1,64}@[^\s@.]+(\.[^\s@.]+)+$/u.test(address);
}
