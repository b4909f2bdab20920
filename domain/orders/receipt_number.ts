/** Formats a receipt's number, such as `R-000042`. */
export function writeReceiptNumber(number: bigint): string {
  return `R-${number.toString().padStart(6, "0")}`;
}

/** Parses a receipt's number. Returns null if the text is not one. */
export function readReceiptNumber(text: string): bigint | null {
  const match = text.trim().match(/^(?:R-)?(\d{1,15})$/i);
  return match ? BigInt(match[1]!) : null;
}
