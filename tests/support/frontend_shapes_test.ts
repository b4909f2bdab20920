import assert from "node:assert/strict";
import { frontendObjection } from "./frontend_shapes.ts";

const NOW = "2026-11-29T00:00:00.000Z";
const tutor = { id: "t", first_name: "Ada", last_name: "Lovelace", email: "" };
const card = {
  id: "c",
  slug: "algebra",
  title: "Algebra",
  description: "",
  price: "49.00",
  thumbnail: "http://localhost:8000/media/placeholder.png",
  tutors: [tutor],
  tutor: { name: "Ada Lovelace", avatar: null },
  category: null,
  is_enrolled: true,
  isEnrolled: true,
  is_free: false,
  is_published: true,
  rating: null,
  duration: null,
  parts: [],
  created_at: NOW,
  updated_at: NOW,
};
const lesson = {
  id: "l",
  slug: "vectors",
  title: "Vectors",
  description: "",
  order: 0,
  duration: "00:00:00",
  is_free_preview: false,
  created_at: NOW,
};
const part = { id: "p", slug: "part", title: "", description: "", order: 0, lessons: [lesson] };
const listed = (change: object) => ({
  count: 1,
  next: null,
  previous: null,
  results: [{ ...card, ...change }],
});
const shown = (change: object) => ({ ...card, parts: [{ ...part, lessons: [{ ...lesson, ...change }] }] });

for (
  const [what, operation, right, wrong] of [
    [
      "progress that is no number",
      "listCourses",
      listed({ progress: 37 }),
      listed({ progress: { percent: 37 } }),
    ],
    ["progress of null, printed as a bare %", "listCourses", listed({}), listed({ progress: null })],
    ["a rating of 0, printed as it is", "listCourses", listed({ rating: 4.5 }), listed({ rating: 0 })],
    [
      "0 students, printed as they are",
      "listCourses",
      listed({ enrolledStudents: 1 }),
      listed({ enrolledStudents: 0 }),
    ],
    ["a free course with a price", "listCourses", listed({ price: 0, is_free: true }), listed({ price: 0 })],
    ["a paid price that is a number", "listCourses", listed({ price: "49.90" }), listed({ price: 49.9 })],
    ["a thumbnail of null", "listCourses", listed({}), listed({ thumbnail: null })],
    ["a category that is a text", "listCourses", listed({}), listed({ category: "Physics" })],
    ["two answers to who is enrolled", "listCourses", listed({}), listed({ isEnrolled: false })],
    ["a bare array", "listCourses", listed({}), [card]],
    [
      "a tutor without last name and address",
      "getCourse",
      { ...card, tutors: [{ ...tutor, last_name: "", email: "ada@example.com" }] },
      { ...card, tutors: [{ ...tutor, last_name: "" }] },
    ],
    [
      "a tutor whose name shows nothing",
      "getCourse",
      card,
      { ...card, tutors: [{ ...tutor, first_name: "\u200b", last_name: "\u3164" }] },
    ],
    [
      "a status that the edit page does not know",
      "getCourse",
      shown({ uploadStatus: "idle" }),
      shown({ uploadStatus: "pending" }),
    ],
    [
      "a video that is both there and not",
      "getCourse",
      shown({ uploadStatus: "completed", videoServiceId: "v" }),
      shown({ uploadStatus: "idle", videoServiceId: "v" }),
    ],
    ["a duration of null", "getCourse", shown({}), shown({ duration: null })],
    [
      "parts out of order",
      "getCourse",
      { ...card, parts: [part, { ...part, order: 1 }] },
      { ...card, parts: [{ ...part, order: 1 }, part] },
    ],
    [
      "a category's id that is a number",
      "listCategories",
      listed({ id: "1", name: "Physics" }),
      listed({ id: 1, name: "Physics" }),
    ],
    [
      "a payment that leads nowhere",
      "createPayment",
      { checkout_session_id: null, status: 2 },
      { checkout_session_id: null, status: 1 },
    ],
  ] as const
) {
  Deno.test(`the frontend's shapes refuse ${what}`, () => {
    assert.equal(frontendObjection(operation, right), null);
    assert.notEqual(frontendObjection(operation, wrong), null);
  });
}

Deno.test("the frontend's shapes ignore operations that it never calls", () => {
  assert.equal(frontendObjection("listComments", { progress: null }), null);
});
