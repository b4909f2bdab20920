import assert from "node:assert/strict";
import { transliterate } from "../../../adapters/transliteration/transliterate.ts";
import { courseSlugs, slugFor } from "../../../domain/authoring/slugs.ts";

for (
  const [title, slug] of [
    ["Eigenvalues of a Vibrating Bridge", "eigenvalues-of-a-vibrating-bridge"],
    ["  C++: what's new? ", "c-what-s-new"],
    ["Café", "caf"], // as the frontend cuts it
    ["Урок 1", "urok-1"],
    ["", "lesson"],
    ["!?", "lesson"],
    ["0c8e2d54-6c1e-4c55-9a63-0f2b8a2f6b11", "lesson-0c8e2d54-6c1e-4c55-9a63-0f2b8a2f6b11"],
  ] as const
) {
  Deno.test(`a lesson called “${title}” has the slug ${slug}`, async () => {
    assert.equal(await slugFor(title, "lesson", transliterate), slug);
  });
}

Deno.test("a slug stays short and ends in a letter or digit, however long the title", async () => {
  const slug = await slugFor("ab ".repeat(100), "lesson", transliterate);
  assert.ok(slug.length <= 120);
  assert.match(slug, /b$/);
});

Deno.test("a course's slug has letters without accents, and is numbered if taken", async () => {
  assert.deepEqual((await courseSlugs("Café", transliterate)).slice(0, 2), ["cafe", "cafe-2"]);
});
