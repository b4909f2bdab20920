/** How a receipt's number is written, such as `R-000042`. */
export function writeReceiptNumber(number: bigint): string {
  return `R-${number.toString().padStart(6, "0")}`;
}

/** The number that such text stands for; null when it stands for none. */
export function readReceiptNumber(text: string): bigint | null {
  const match = text.trim().match(/^(?:R-)?(\d{1,15})$/i);
  return match ? BigInt(match[1]!) : null;
}
