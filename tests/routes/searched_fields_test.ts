// What its tutors write about a course is what it is found by. A new text of the contract is named here until
// course_texts (migrations/functions/search_documents.sql) has it, or NOT_SEARCHED says why it does not.
import assert from "node:assert/strict";
import { bodiesOfOperations, isText } from "../support/contract_values.ts";
import { addCourse, shopTest } from "../support/shop.ts";
import { courseTutor } from "../support/tutors.ts";

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
  const words = new Map(texts.map(([name], at) => [name, `zyxqu${"abcdefghijklmnop"[at]}lt`]));
  const unfound: string[] = [];
  for (const [name, schema] of texts) {
    const word = words.get(name)!;
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
