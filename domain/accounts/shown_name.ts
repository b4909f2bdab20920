type Name = { firstName: string; lastName: string };

/** What takes up no room, or shows nothing in it: spaces, controls, what is ignored by default, the blank of braille. */
const UNSEEN_BEGINNING = /^[\s\p{Z}\p{Cc}\p{Cf}\p{Cs}\p{Default_Ignorable_Code_Point}\u2800]+/u;

/**
 * The name under which somebody teaches. Both halves begin with something to see, whatever was typed: a word stands in for
 * one that was left out, for the frontend draws initials from both, and has no address to fall back on.
 */
export function shownName(name: Name): Name {
  const [firstName, lastName] = [seen(name.firstName), seen(name.lastName)];
  if (firstName === "" && lastName === "") return { firstName: "Tutor", lastName: "Unnamed" };
  return { firstName: firstName || "Tutor", lastName: lastName || "Tutor" };
}

/** The same in one piece, where only a name without anything to see needs the word. */
export function wholeName({ firstName, lastName }: Name): string {
  return [seen(firstName), seen(lastName)].filter((half) => half !== "").join(" ") || "Tutor";
}

const seen = (text: string) => text.replace(UNSEEN_BEGINNING, "").trim();
