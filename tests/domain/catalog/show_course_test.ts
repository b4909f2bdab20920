import assert from "node:assert/strict";
import { type Caller, ROLE } from "../../../domain/accounts/ports.ts";
import type { Catalog, CourseDetail } from "../../../domain/catalog/ports.ts";
import { showCourse } from "../../../domain/catalog/show_course.ts";

/** A course, as far as who may see it depends on it. */
const course = {
  tutors: [{ id: "tutor", firstName: "T", lastName: "", email: "", avatarKey: null }],
  isPublished: true,
  isArchived: false,
  isEnrolled: false,
} as Partial<CourseDetail> as CourseDetail;
const catalog = (found: CourseDetail | null) =>
  ({ course: () => Promise.resolve(found) }) as unknown as Catalog;
const caller = (id: string, role: Caller["role"]): Caller => ({ id, role, signInId: "s" });
const student = caller("student", ROLE.student);

for (
  const [who, viewer, found, seen] of [
    ["a published course to anyone, without video ids", null, course, false],
    [
      "a draft to its tutor, with video ids",
      caller("tutor", ROLE.tutor),
      { ...course, isPublished: false },
      true,
    ],
    ["a draft to an administrator, with video ids", caller("a", ROLE.admin), {
      ...course,
      isPublished: false,
    }, true],
    ["a withdrawn course to those who bought it", student, {
      ...course,
      isPublished: false,
      isEnrolled: true,
    }, false],
    ["an archived course to those who bought it", student, {
      ...course,
      isArchived: true,
      isEnrolled: true,
    }, false],
  ] satisfies [string, Caller | null, CourseDetail, boolean][]
) {
  Deno.test(`showCourse shows ${who}`, async () => {
    const shown = await showCourse({ catalog: catalog(found) }, { slugOrId: "algebra", viewer });
    assert.equal(shown.isKept, seen);
  });
}

for (
  const [what, viewer, found] of [
    ["a draft from the anonymous", null, { ...course, isPublished: false }],
    ["a draft from a student", student, { ...course, isPublished: false }],
    ["a draft from a tutor of other courses", caller("other", ROLE.tutor), { ...course, isPublished: false }],
    ["an archived course from those who did not buy it", student, { ...course, isArchived: true }],
    ["what does not exist", student, null],
  ] satisfies [string, Caller | null, CourseDetail | null][]
) {
  Deno.test(`showCourse hides ${what}`, async () => {
    const shown = showCourse({ catalog: catalog(found) }, { slugOrId: "algebra", viewer });
    await assert.rejects(shown, { code: "not_found" });
  });
}
