import type { User } from "../accounts/ports.ts";
import { fromFirstSeen } from "../text.ts";

/** Returns a person's name for the support team; null if it has no visible character. */
export function contactName({ firstName, lastName }: Pick<User, "firstName" | "lastName">): string | null {
  return [firstName, lastName].map(fromFirstSeen).filter((half) => half !== "").join(" ") || null;
}
