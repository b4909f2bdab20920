// What its tutors write about a course is what it is found by. A new text of the contract is named here until
// course_texts (migrations/functions/search_documents.sql) has it, or NOT_SEARCHED says why it does not.
import assert from "node:assert/strict";
import { bodiesOfOperations, isText } from "../../support/contract_values.ts";
import { addCourse, shopTest } from "../../support/shop.ts";
import { courseTutor } from "../../support/tutors.ts";

const NOT_SEARCHED: Record<string, string> = {
  category: "names a category by its id; the name of the category is searched",
  price: "is a number, which may be sent as text",
};

shopTest("a course is found by every text that its tutors write about it", async (shop) => {
  const course = await addCourse(shop.sql);
  const { token } = await courseTutor(shop, course.id);
  const { updateCourse: properties } = bodiesOfOperations();
  const written = Object.entries(properties!).filter(([, schema]) => isText(schema));
  const texts = written.filter(([name]) => !(name in NOT_SEARCHED));
  const stale = Object.keys(NOT_SEARCHED).filter((name) => !written.some(([other]) => other === name));
  assert.deepEqual(stale, [], "these are no texts of the contract");
  const unfound: string[] = [];
  for (const [at, [name, schema]] of texts.entries()) {
    const word = wordOf(at);
    const value = schema.type === "array" ? [word] : word;
    // One at a time: what is found then is found by this text, and because it changed.
    const changed = await shop.call("PATCH", `/api/courses/courses/${course.id}/`, {
      token,
      body: { [name]: value },
    });
    assert.equal(changed.status, 200);
    const { body } = await shop.call("GET", `/api/courses/courses/?search=${word}`);
    if (body.results[0]?.id !== course.id) unfound.push(name);
  }
  assert.deepEqual(
    unfound,
    [],
    "add them to course_texts, or say in NOT_SEARCHED why not",
  );
});

/** A word of two letters that no other one has, for a word that no course has finds the nearest one. */
function wordOf(at: number): string {
  const [one, other] = "bcdfghjklmnpqrstvwxz".slice(2 * at);
  assert.ok(one && other, "there are too many texts for this test's words");
  return one + other + other + one + one + other + one;
}
