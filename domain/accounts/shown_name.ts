import { fromFirstSeen } from "../text.ts";

type Name = { firstName: string; lastName: string };

/**
 * Returns the name under which a person teaches. Both halves begin with a visible character: the frontend draws
 * initials from both, so a placeholder stands in for a missing half.
 */
export function shownName(name: Name): Name {
  const [firstName, lastName] = [fromFirstSeen(name.firstName), fromFirstSeen(name.lastName)];
  if (firstName === "" && lastName === "") return { firstName: "Tutor", lastName: "Unnamed" };
  return { firstName: firstName || "Tutor", lastName: lastName || "Tutor" };
}

/** Returns the same name as one text. Only a name without any visible character needs the placeholder. */
export function wholeName({ firstName, lastName }: Name): string {
  return [fromFirstSeen(firstName), fromFirstSeen(lastName)].filter((half) => half !== "").join(" ") ||
    "Tutor";
}
