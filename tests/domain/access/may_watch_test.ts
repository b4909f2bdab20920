import assert from "node:assert/strict";
import { mayWatch } from "../../../domain/access/may_watch.ts";
import type { LessonAccess } from "../../../domain/access/ports.ts";
import { type Caller, ROLE } from "../../../domain/accounts/ports.ts";
import { STUDENT } from "../../support/memory_shop.ts";

const nobody: LessonAccess = {
  courseIsPublished: true,
  isFreePreview: false,
  viewerTeaches: false,
  viewerHasGrant: false,
};
const student: Caller = { id: STUDENT, role: ROLE.student, signInId: "s" };
const admin: Caller = { ...student, role: ROLE.admin };

for (
  const [who, viewer, access, allowed] of [
    ["an anonymous visitor", null, nobody, false],
    ["a student without a grant", student, nobody, false],
    ["a student with an active grant", student, { ...nobody, viewerHasGrant: true }, true],
    ["a student with a grant to an unpublished course", student, {
      ...nobody,
      viewerHasGrant: true,
      courseIsPublished: false,
    }, true],
    ["a former tutor at a course that they taught", student, {
      ...nobody,
      viewerTeaches: true,
    }, false],
    ["a tutor of the course, also of a draft", { ...student, role: ROLE.tutor }, {
      ...nobody,
      viewerTeaches: true,
      courseIsPublished: false,
    }, true],
    ["an administrator", admin, { ...nobody, courseIsPublished: false }, true],
    ["anyone at a free preview", null, { ...nobody, isFreePreview: true }, true],
    ["anyone at a free preview of a draft", null, {
      ...nobody,
      isFreePreview: true,
      courseIsPublished: false,
    }, false],
  ] satisfies [string, Caller | null, LessonAccess, boolean][]
) {
  Deno.test(`mayWatch ${allowed ? "allows" : "refuses"} ${who}`, () => {
    assert.equal(mayWatch(viewer, access), allowed);
  });
}
