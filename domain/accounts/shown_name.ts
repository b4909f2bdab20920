import { fromFirstSeen } from "../text.ts";

type Name = { firstName: string; lastName: string };

/**
 * The name under which somebody teaches. Both halves begin with something to see, whatever was typed: a word stands in for
 * one that was left out, for the frontend draws initials from both, and has no address to fall back on.
 */
export function shownName(name: Name): Name {
  const [firstName, lastName] = [fromFirstSeen(name.firstName), fromFirstSeen(name.lastName)];
  if (firstName === "" && lastName === "") return { firstName: "Tutor", lastName: "Unnamed" };
  return { firstName: firstName || "Tutor", lastName: lastName || "Tutor" };
}

/** The same in one piece, where only a name without anything to see needs the word. */
export function wholeName({ firstName, lastName }: Name): string {
  return [fromFirstSeen(firstName), fromFirstSeen(lastName)].filter((half) => half !== "").join(" ") ||
    "Tutor";
}
