import assert from "node:assert/strict";
import type { LessonAccess } from "../../../domain/access/ports.ts";
import type {
  LessonForViewer,
  PlaybackAttempt,
  PlayerSetup,
  Stream,
  Videos,
} from "../../../domain/playback/ports.ts";
import { replacedBy, streamLimitReached, streamsInTheWay } from "../../../domain/playback/stream_limit.ts";
import { viewLesson } from "../../../domain/playback/view_lesson.ts";
import { watermark } from "../../../domain/playback/watermark.ts";
import { type Caller, ROLE } from "../../../domain/accounts/ports.ts";
import { DomainError } from "../../../domain/errors.ts";
import { NOW, STUDENT } from "../../support/memory_shop.ts";

const nobody: LessonAccess = {
  courseIsPublished: true,
  isFreePreview: false,
  viewerTeaches: false,
  viewerHasGrant: false,
};
const student: Caller = { id: STUDENT, role: ROLE.student, signInId: "s" };

const lesson: LessonForViewer = {
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
  viewerRole: ROLE.student,
  access: { ...nobody, viewerHasGrant: true },
};
const setup: PlayerSetup = {
  videoIsPlayable: true,
  posterUrl: null,
  positionSeconds: 0,
  rules: { embedHosts: [], countryRule: "none", countries: [] },
  viewer: { name: "Ada", email: "ada@example.com", orderId: null },
};
const request = { slugOrId: "rings", viewer: student, ipAddress: "192.0.2.1", userAgent: "test" };

/** A shop with one lesson, and the log and the ended playback sessions to look at. */
function lessonShop(only: LessonForViewer, videos: Videos, changes: Partial<PlayerSetup> = {}) {
  const attempts: PlaybackAttempt[] = [];
  const ended: string[] = [];
  const unasked = () => Promise.reject(new Error("not asked for"));
  const playbackSessions = {
    lockStreams: unasked,
    open: () => Promise.resolve("session-1"),
    find: unasked,
    beat: unasked,
    end(sessionId: string) {
      ended.push(sessionId);
      return Promise.resolve();
    },
    takeOver: unasked,
  };
  return {
    attempts,
    ended,
    videos,
    limits: { count: () => Promise.resolve() },
    lessons: {
      find: (slug: string) => Promise.resolve(slug === only.slug ? only : null),
      showing: unasked,
      playerSetup: () => Promise.resolve({ ...setup, ...changes }),
    },
    playbackLog: {
      record(attempt: PlaybackAttempt) {
        attempts.push(attempt);
        return Promise.resolve();
      },
      note: (attempt: PlaybackAttempt) => void attempts.push(attempt),
      list: unasked,
      purge: unasked,
    },
    playbackSessions,
    playbackPolicy: { streamsPerStudent: null, watermark: "{email}" },
    deviceName: () => "Firefox on Windows",
    transaction: unasked,
  };
}

/** Videos whose ticket tells what it was issued for. */
const tellingVideos: Videos = {
  ticket: (asked) => Promise.resolve({ otp: JSON.stringify(asked), playbackInfo: "info" }),
};

Deno.test("viewLesson issues a ticket of 300 seconds with the viewer's watermark and logs it", async () => {
  const shop = lessonShop(lesson, tellingVideos);
  const { ticket } = await viewLesson(shop, request);
  assert.deepEqual(JSON.parse(ticket!.otp), {
    videoId: "video-1",
    viewerId: STUDENT,
    watermark: "ada@example.com",
    ttlSeconds: 300,
    rules: setup.rules,
  });
  assert.deepEqual(shop.attempts.map(({ outcome, playbackSessionId }) => [outcome, playbackSessionId]), [[
    "ticket_issued",
    "session-1",
  ]]);
});

Deno.test("viewLesson shows a free preview to anonymous viewers with the shop's watermark, without a playback session", async () => {
  const preview = { ...lesson, viewerRole: null, access: { ...nobody, isFreePreview: true } };
  const shop = lessonShop(preview, tellingVideos, { viewer: null });
  const { ticket } = await viewLesson(shop, { ...request, viewer: null });
  const asked = JSON.parse(ticket!.otp);
  assert.deepEqual([asked.viewerId, asked.watermark], [null, "11Tutors"]);
  assert.deepEqual([shop.attempts[0]?.viewerId, shop.attempts[0]?.playbackSessionId], [null, null]);
});

Deno.test("viewLesson hides the lesson from viewers who may not watch it, requests no ticket and logs the attempt", async () => {
  const shop = lessonShop({ ...lesson, access: nobody }, tellingVideos);
  for (const viewer of [student, null]) {
    await assert.rejects(viewLesson(shop, { ...request, viewer }), { code: "not_found" });
  }
  assert.deepEqual(shop.attempts.map((attempt) => attempt.outcome), ["refused", "refused"]);
});

Deno.test("viewLesson throws not_found for a lesson that does not exist", async () => {
  const shop = lessonShop(lesson, tellingVideos);
  await assert.rejects(viewLesson(shop, { ...request, slugOrId: "ideals" }), { code: "not_found" });
});

for (
  const [what, changes, setupChanges, videos, code, outcome] of [
    ["it has no video", { videoId: null }, {}, tellingVideos, "no_video", "no_video"],
    ["its video is not ready", {}, { videoIsPlayable: false }, tellingVideos, "video_not_ready", "no_video"],
    [
      "the video service fails",
      {},
      {},
      {
        ticket: () => Promise.reject(new DomainError("vendor_unavailable", "down")),
      },
      "vendor_unavailable",
      "vendor_unavailable",
    ],
    [
      "the video service does not know the video",
      {},
      {},
      {
        ticket: () => Promise.reject(new DomainError("video_not_ready", "none")),
      },
      "video_not_ready",
      "no_video",
    ],
  ] satisfies [string, Partial<LessonForViewer>, Partial<PlayerSetup>, Videos, string, string][]
) {
  Deno.test(`viewLesson shows the lesson without a ticket when ${what}, and says why`, async () => {
    const shop = lessonShop({ ...lesson, ...changes }, videos, setupChanges);
    const { ticket, failure } = await viewLesson(shop, request);
    assert.deepEqual([ticket, failure?.code], [null, code]);
    assert.deepEqual(shop.attempts.map((attempt) => attempt.outcome), [outcome]);
  });
}

Deno.test("viewLesson does not hide a bug behind an unavailable video, and ends the playback session", async () => {
  const shop = lessonShop(lesson, { ticket: () => Promise.reject(new TypeError("bug")) });
  await assert.rejects(viewLesson(shop, request), TypeError);
  assert.deepEqual(shop.ended, ["session-1"]);
});

Deno.test("the watermark names the viewer by the configured pattern", () => {
  const viewer = {
    name: "Ada Lovelace",
    email: "ada@example.com",
    orderId: "0f8fad5b-d9cb-469f-a165-70867728950e",
  };
  for (
    const [pattern, expected] of [
      ["{email}", "ada@example.com"],
      ["{name} {order}", "Ada Lovelace 0f8fad5b"],
      ["{email} bought it", "ada@example.com bought it"],
    ] as const
  ) {
    assert.equal(watermark(pattern, viewer), expected);
  }
  assert.equal(watermark("{name} {order}", { ...viewer, name: "", orderId: null }), "ada@example.com");
  assert.equal(watermark("{email}", null), "11Tutors");
});

const stream = (signInId: string, minute: number, userAgent = "browser"): Stream => ({
  playbackSessionId: `${signInId}-${minute}`,
  signInId,
  userAgent,
  lessonTitle: "",
  startedAt: new Date(NOW.getTime() + minute * 60_000),
});

Deno.test("streams on every device count: those that must end are named, oldest first", () => {
  const inTheWay = (others: Stream[], limit: number) =>
    streamsInTheWay(others, limit).map(({ playbackSessionId }) => playbackSessionId);
  assert.deepEqual(inTheWay([], 1), []);
  assert.deepEqual(inTheWay([stream("tv", 2), stream("tv", 1)], 1), ["tv-1", "tv-2"]);
  assert.deepEqual(inTheWay([stream("tv", 2), stream("tv", 1)], 2), ["tv-1", "tv-2"]);
  assert.deepEqual(inTheWay([stream("tv", 2), stream("phone", 1)], 3), []);
});

Deno.test("a refusal names each other device once, and how to take over each stream", () => {
  const streams = [stream("tv", 0, "tv"), stream("mine", 1, "laptop"), stream("mine", 2, "laptop")];
  const names: Record<string, string> = { tv: "Chrome on Android", laptop: "Firefox on Windows" };
  const { code, message, details } = streamLimitReached(streams, (userAgent) => names[userAgent]!);
  assert.equal(code, "stream_limit");
  assert.match(
    message,
    /^You are already watching on another device: Chrome on Android, Firefox on Windows\. .* as take_over\.$/,
  );
  assert.deepEqual(
    details.streams,
    streams.map(({ playbackSessionId, userAgent, startedAt }) => ({
      playbackSessionId,
      device: names[userAgent],
      lessonTitle: "",
      startedAt,
    })),
  );
});

Deno.test("a stream replaces the earlier ones of its player: the same sign-in and user agent", () => {
  const streams = [stream("mine", 0), stream("mine", 1), stream("mine", 2, "another"), stream("tv", 3)];
  const replaced = replacedBy(streams, { signInId: "mine", userAgent: "browser" });
  assert.deepEqual(replaced.map(({ playbackSessionId }) => playbackSessionId), ["mine-0", "mine-1"]);
});
