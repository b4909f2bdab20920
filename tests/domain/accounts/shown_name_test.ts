import assert from "node:assert/strict";
import { shownName, wholeName } from "../../../domain/accounts/shown_name.ts";

for (
  const [what, typed, shown, whole] of [
    ["as it was typed", ["Ada", "Lovelace"], ["Ada", "Lovelace"], "Ada Lovelace"],
    ["without a last name", ["Cher", ""], ["Cher", "Tutor"], "Cher"],
    ["without a first name", ["", "Euler"], ["Tutor", "Euler"], "Euler"],
    ["without any", ["", ""], ["Tutor", "Unnamed"], "Tutor"],
    ["of spaces", ["  ", "\u00a0\u3000"], ["Tutor", "Unnamed"], "Tutor"],
    [
      "of characters that show nothing",
      ["\u200b\u2060", "\u3164\u2800\ufeff"],
      ["Tutor", "Unnamed"],
      "Tutor",
    ],
    ["that begins with some", ["\u200f\u202eЁлка", " \u00adÖz "], ["Ёлка", "Öz"], "Ёлка Öz"],
    ["with an emoji of two parts at its end", ["Ada ❤️", "🦊"], ["Ada ❤️", "🦊"], "Ada ❤️ 🦊"],
  ] as const
) {
  Deno.test(`a tutor's name ${what} is shown with two initials`, () => {
    const [firstName, lastName] = typed;
    assert.deepEqual(Object.values(shownName({ firstName, lastName })), shown);
    assert.equal(wholeName({ firstName, lastName }), whole);
  });
}
