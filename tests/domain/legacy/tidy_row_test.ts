import assert from "node:assert/strict";
import { transliterate } from "../../../adapters/transliteration/transliterate.ts";
import type { FormerRow, FormerTable } from "../../../domain/legacy/ports.ts";
import { degreeOf, servableKey, tidyRow } from "../../../domain/legacy/tidy_row.ts";

/** Returns the row as it is tidied, and what was noted. */
async function tidied(table: FormerTable, row: FormerRow) {
  const notes: string[] = [];
  const result = await tidyRow(table, row, (what, why) => notes.push(`${what}: ${why}`), transliterate);
  return { result, notes };
}

Deno.test("a degree in free text is one of three, or none", () => {
  const degrees = {
    bachelors: ["bachelors", "Bachelor's", "BSc", "B.A.", "бакалавр", "Бакалавриат", "Bakalavr"],
    masters: ["masters", "Master", "M.Sc.", "MBA", "Магистратура", "magistr"],
    phd: ["phd", "Ph.D.", "Doctorate", "доктор наук"],
  };
  for (const [degree, texts] of Object.entries(degrees)) {
    for (const text of texts) assert.equal(degreeOf(text), degree, text);
  }
  for (const text of ["", "High school", "basketball", "mathematics", "42"]) {
    assert.equal(degreeOf(text), null, text);
  }
});

Deno.test("a thumbnail can be served as it is if its name is plain and not that of a smaller version", () => {
  assert.equal(servableKey("images/course_thumbnails/a_b.PNG"), "media/images/course_thumbnails/a_b.PNG");
  for (const name of ["", "cover.png", "Обложка.png", "slide-w2.png", "../x.png"]) {
    assert.equal(
      servableKey(name && `images/course_thumbnails/${name}`),
      name === "cover.png" ? "media/images/course_thumbnails/cover.png" : null,
      name,
    );
  }
});

Deno.test("texts are tidied, and what a university cannot keep is noted", async () => {
  const row = {
    id: "5",
    name: " ",
    website: "javascript:alert(1)",
    description: null,
    country: "Spain",
    city: null,
    location: null,
    logo: null,
  };
  const { result, notes } = await tidied("core_university", row);
  assert.deepEqual(result, {
    ...row,
    name: "University 5",
    website: "",
    description: "",
    city: "",
    location: "",
    logo: "",
  });
  assert.deepEqual(notes, [
    "changed: had no name, and is now called by its number",
    "changed: the address of its website was dropped: it is not http",
    "changed: has no country or no city",
  ]);
});

Deno.test("a row without a slug wishes for one of its title; another keeps its own", async () => {
  const wishes: [FormerTable, FormerRow, string][] = [
    ["courses_category", { id: "7", name: "???", slug: "" }, "category-7"],
    ["courses_course", { id: "a", title: "Математика", slug: null, thumbnail: null }, "matematika"],
    ["courses_coursepart", { id: "a", title: "One", course_title: "Heat", slug: null }, "heat-one"],
    ["courses_lesson", { id: "a", title: "…", slug: " ", video_service_id: null, seconds: null }, "lesson"],
  ];
  for (const [table, row, wish] of wishes) {
    const { result, notes } = await tidied(table, row);
    assert.deepEqual([result.slug, result.slug_wish], [null, wish]);
    assert.deepEqual(notes, ["changed: had no slug, and got one"]);
  }
  const kept = await tidied("courses_lesson", {
    id: "a",
    title: "T",
    slug: "7-t",
    video_service_id: null,
    seconds: "60",
  });
  assert.deepEqual([kept.result.slug, kept.result.seconds, kept.notes], ["7-t", 60, []]);
});

Deno.test("rows of tables without rules stay as they are", async () => {
  const row = { id: "1", order_id: "a", course_id: "b" };
  assert.equal((await tidied("payments_order_courses", row)).result, row);
});
