import type { PlayerSetup } from "./ports.ts";
import { tidyText } from "../text.ts";

/**
 * The text over the picture that tells whose screen it is: the pattern with the viewer's name, address, and the first
 * eight characters of the order that gives access; what is not known is left out. The anonymous see the shop's name.
 */
export function watermark(pattern: string, viewer: PlayerSetup["viewer"]): string {
  if (!viewer) return "11Tutors";
  const parts = { name: viewer.name, email: viewer.email, order: viewer.orderId?.slice(0, 8) ?? "" };
  const text = pattern.replace(/{(name|email|order)}/g, (_, part: keyof typeof parts) => parts[part]);
  return tidyText(text.replace(/\s+/g, " ")) || viewer.email;
}
