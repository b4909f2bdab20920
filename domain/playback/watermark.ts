import type { PlayerSetup } from "./ports.ts";
import { tidyText } from "../text.ts";

/**
 * Writes the text over the picture that identifies the viewer: the pattern with their name, e-mail address, and the
 * first eight characters of the order that gives access. Unknown parts are left out. Anonymous viewers see the shop's
 * name.
 */
export function watermark(pattern: string, viewer: PlayerSetup["viewer"]): string {
  if (!viewer) return "11Tutors";
  const parts = { name: viewer.name, email: viewer.email, order: viewer.orderId?.slice(0, 8) ?? "" };
  const text = pattern.replace(/{(name|email|order)}/g, (_, part: keyof typeof parts) => parts[part]);
  return tidyText(text.replace(/\s+/g, " ")) || viewer.email;
}
