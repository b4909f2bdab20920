import assert from "node:assert/strict";
import { mayWatch } from "../../../domain/access/may_watch.ts";
import type { Lesson, LessonAccess, Videos } from "../../../domain/access/ports.ts";
import { viewLesson } from "../../../domain/access/view_lesson.ts";
import { type Caller, ROLE } from "../../../domain/accounts/ports.ts";
import { DomainError } from "../../../domain/errors.ts";
import { memoryShop, NOW, STUDENT } from "../../support/memory_shop.ts";

const nobody: LessonAccess = {
  courseIsPublished: true,
  isFreePreview: false,
  viewerTeaches: false,
  viewerHasGrant: false,
};
const student: Caller = { id: STUDENT, role: ROLE.student, sessionId: "s" };
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
    ["a tutor of the course, also of a draft", student, {
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
  Deno.test(`mayWatch ${allowed ? "lets in" : "refuses"} ${who}`, () => {
    assert.equal(mayWatch(viewer, access), allowed);
  });
}

const lesson: Lesson = {
  id: "lesson-1",
  courseId: "algebra",
  slug: "rings",
  title: "Rings",
  description: "",
  order: 0,
  durationSeconds: 60,
  isFreePreview: false,
  videoId: "video-1",
  createdAt: NOW,
  viewer: { role: ROLE.student, label: "ada@example.com" },
  access: { ...nobody, viewerHasGrant: true },
};
const request = { slugOrId: "rings", viewer: student, address: "192.0.2.1", userAgent: "test" };

/** Videos whose ticket tells what it was issued for. */
const tellingVideos: Videos = {
  ticket: (asked) => Promise.resolve({ otp: JSON.stringify(asked), playbackInfo: "info" }),
};

Deno.test("viewLesson issues a ticket of 300 seconds with the viewer's watermark and logs it", async () => {
  const shop = memoryShop({ lessons: [lesson] });
  const { ticket } = await viewLesson({ ...shop, videos: tellingVideos }, request);
  assert.deepEqual(JSON.parse(ticket!.otp), {
    videoId: "video-1",
    viewerId: STUDENT,
    watermark: "ada@example.com",
    ttlSeconds: 300,
  });
  assert.deepEqual(shop.attempts.map((attempt) => attempt.outcome), ["ticket_issued"]);
});

Deno.test("viewLesson shows a free preview to the anonymous under the shop's watermark", async () => {
  const preview = { ...lesson, viewer: null, access: { ...nobody, isFreePreview: true } };
  const shop = memoryShop({ lessons: [preview] });
  const { ticket } = await viewLesson({ ...shop, videos: tellingVideos }, { ...request, viewer: null });
  const asked = JSON.parse(ticket!.otp);
  assert.deepEqual([asked.viewerId, asked.watermark], ["anonymous", "11Tutors"]);
  assert.equal(shop.attempts[0]?.viewerId, null);
});

Deno.test("viewLesson hides the lesson from those who may not watch it, asks for no ticket and logs the attempt", async () => {
  const shop = memoryShop({ lessons: [{ ...lesson, access: nobody }] });
  for (const viewer of [student, null]) {
    await assert.rejects(viewLesson({ ...shop, videos: tellingVideos }, { ...request, viewer }), {
      code: "not_found",
    });
  }
  assert.deepEqual(shop.attempts.map((attempt) => attempt.outcome), ["refused", "refused"]);
});

Deno.test("viewLesson answers not_found for a lesson that does not exist", async () => {
  await assert.rejects(viewLesson({ ...memoryShop(), videos: tellingVideos }, request), {
    code: "not_found",
  });
});

Deno.test("viewLesson shows the lesson without a ticket when it has no video", async () => {
  const shop = memoryShop({ lessons: [{ ...lesson, videoId: null }] });
  const view = await viewLesson({ ...shop, videos: tellingVideos }, request);
  assert.equal(view.ticket, null);
  assert.deepEqual(shop.attempts.map((attempt) => attempt.outcome), ["no_video"]);
});

Deno.test("viewLesson shows the lesson without a ticket when the video service fails, and says why", async () => {
  const shop = memoryShop({ lessons: [lesson] });
  const down = new DomainError("vendor_unavailable", "down");
  const view = await viewLesson({ ...shop, videos: { ticket: () => Promise.reject(down) } }, request);
  assert.deepEqual([view.ticket, view.failure], [null, down]);
  assert.deepEqual(shop.attempts.map((attempt) => attempt.outcome), ["vendor_unavailable"]);
});

Deno.test("viewLesson does not hide a bug behind an unavailable video", async () => {
  const shop = memoryShop({ lessons: [lesson] });
  const videos = { ticket: () => Promise.reject(new TypeError("bug")) };
  await assert.rejects(viewLesson({ ...shop, videos }, request), TypeError);
});
