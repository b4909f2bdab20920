import assert from "node:assert/strict";
import { addCourse, shopTest, type TestShop, until } from "../../support/shop.ts";
import { courseTutor, signUpAs } from "../../support/tutors.ts";

const CREDENTIALS = "/api/courses/vdocipher/upload-credentials/";

/** Posts a file the way the frontend's uploader does, its six fields first and the file last. */
async function upload(
  credentials: { clientPayload: Record<string, string> },
  name = "a.mp4",
): Promise<number> {
  const { uploadLink, ...fields } = credentials.clientPayload;
  const form = new FormData();
  for (const [field, value] of Object.entries(fields)) form.append(field, value);
  form.append("success_action_status", "201");
  form.append("success_action_redirect", "");
  form.append("file", new File(["video"], name));
  const response = await fetch(uploadLink!, { method: "POST", body: form });
  await response.body?.cancel();
  return response.status;
}

const show = async (shop: TestShop, token: string, id: string) =>
  (await shop.call("GET", `/api/courses/videos/${id}/`, { token })).body;

shopTest(
  "a tutor's upload is stored, followed by webhook, and its length is written to the lesson",
  async (shop) => {
    const course = await addCourse(shop.sql);
    const tutor = await courseTutor(shop, course.id);
    const other = await signUpAs(shop, "tutor", "other@example.com");
    const { status, body } = await shop.call("POST", CREDENTIALS, {
      token: tutor.token,
      body: { title: "Vectors", folderId: "root" },
    });
    assert.equal(status, 200);
    assert.deepEqual(Object.keys(body.clientPayload).sort(), [
      "key",
      "policy",
      "uploadLink",
      "x-amz-algorithm",
      "x-amz-credential",
      "x-amz-date",
      "x-amz-signature",
    ]);
    assert.equal((await show(shop, tutor.token, body.videoId)).status, "awaiting_upload");
    assert.equal((await show(shop, other.token, body.videoId)).code, "not_found");
    await shop
      .sql`update lessons set video_id = ${body.videoId}, duration_seconds = null where slug = ${course.lesson}`;
    const early = await shop.call("POST", `/api/courses/lessons/${course.lesson}/playback/`, {
      token: tutor.token,
      body: {},
    });
    assert.deepEqual([early.status, early.body.code], [409, "video_not_ready"]);

    assert.equal(await upload(body), 201);
    const ready = await until(async () => {
      await shop.drainJobs();
      const video = await show(shop, tutor.token, body.videoId);
      return video.status === "ready" && video;
    });
    assert.deepEqual([ready.duration, ready.uploader.id, ready.lesson_count], ["00:01:00", tutor.id, 1]);
    assert.match(ready.poster, /poster/);
    const lesson = await shop.call("GET", `/api/courses/lessons/${course.lesson}/`, { token: tutor.token });
    assert.deepEqual([lesson.body.duration, typeof lesson.body.otp], ["00:01:00", "string"]);

    const blank = await shop.call("POST", CREDENTIALS, { token: tutor.token, body: { course: course.slug } });
    const untitled = await show(shop, tutor.token, blank.body.videoId);
    assert.deepEqual([untitled.title, untitled.course_id], ["Untitled", course.id]);
    const foreign = await shop.call("POST", CREDENTIALS, {
      token: other.token,
      body: { course: course.slug },
    });
    assert.equal(foreign.status, 404);
  },
);

shopTest(
  "the library shows tutors their own and their courses' videos, and administrators all",
  async (shop) => {
    const course = await addCourse(shop.sql);
    const tutor = await courseTutor(shop, course.id);
    const partner = await courseTutor(shop, course.id, "partner@example.com");
    const stranger = await signUpAs(shop, "tutor", "stranger@example.com");
    const administrator = await signUpAs(shop, "admin");
    for (
      const [title, token] of [["One", tutor.token], ["Two", partner.token], [
        "Three",
        stranger.token,
      ]] as const
    ) {
      const body = { title, ...(title === "Two" ? { course: course.id } : {}) };
      assert.equal((await shop.call("POST", CREDENTIALS, { token, body })).status, 200);
    }
    const titles = async (token: string, query = "") => {
      const { body } = await shop.call("GET", `/api/courses/videos/${query}`, { token });
      return body.results.map(({ title }: { title: string }) => title).sort();
    };
    assert.deepEqual(await titles(tutor.token), ["One", "Two"]);
    assert.deepEqual(await titles(stranger.token), ["Three"]);
    assert.deepEqual(await titles(administrator.token), ["One", "Three", "Two"]);
    assert.deepEqual(await titles(administrator.token, `?course=${course.id}`), ["Two"]);
    assert.deepEqual(await titles(administrator.token, "?status=ready"), []);
  },
);

shopTest(
  "videos without a webhook call are followed by polling: failed, abandoned, gone",
  async (shop) => {
    const tutor = await signUpAs(shop, "tutor");
    const ask = async () => (await shop.call("POST", CREDENTIALS, { token: tutor.token, body: {} })).body;
    const [broken, never, gone] = [await ask(), await ask(), await ask()];
    assert.equal(await upload(broken, "broken.mp4"), 201);
    await shop.sql`update videos set created_at = now() - interval '25 hours' where id = ${never.videoId}`;
    await fetch(`${shop.sandbox.environment.VIDEO_SERVICE_URL}/videos?videos=${gone.videoId}`, {
      method: "DELETE",
      headers: { authorization: `Apisecret ${shop.sandbox.environment.VIDEO_SERVICE_SECRET_KEY}` },
    }).then((response) => response.body?.cancel());
    await shop.sql`update videos set checked_at = now() - interval '10 minutes'`;
    await shop.drainJobs();
    const statuses = await Promise.all(
      [broken, never, gone].map(async ({ videoId }) => (await show(shop, tutor.token, videoId)).status),
    );
    assert.deepEqual(statuses, ["failed", "abandoned", "failed"]);
  },
  { processingMs: 0 },
);

shopTest("the webhook accepts only its secret, and uses only the video's id", async (shop) => {
  const tutor = await signUpAs(shop, "tutor");
  const { body } = await shop.call("POST", CREDENTIALS, { token: tutor.token, body: {} });
  const tell = (secret: string, event: unknown) =>
    shop.call("POST", `/api/courses/vdocipher/webhook/${secret}/`, { body: event });
  const lie = { event: "video:ready", payload: { id: body.videoId, status: "ready", length: 9999 } };
  assert.equal((await tell("wrong", lie)).status, 404);
  assert.equal((await tell("sandbox-video-webhook", { payload: {} })).status, 400);
  assert.equal((await tell("sandbox-video-webhook", lie)).status, 200);
  assert.equal((await tell("sandbox-video-webhook", { payload: { id: "unknown" } })).status, 200);
  await shop.drainJobs();
  const video = await show(shop, tutor.token, body.videoId);
  assert.deepEqual([video.status, video.duration], ["awaiting_upload", "00:00:00"]);
});

shopTest("a video is imported from a public https address and from no other", async (shop) => {
  const tutor = await signUpAs(shop, "tutor");
  const bring = (url: string) =>
    shop.call("POST", "/api/courses/videos/import/", { token: tutor.token, body: { url, title: "Talk" } });
  for (
    const url of [
      "http://93.184.215.14/a.mp4",
      "https://93.184.215.14:8443/a.mp4",
      "https://user:secret@93.184.215.14/a.mp4",
      "https://127.0.0.1/a.mp4",
      "https://10.1.2.3/a.mp4",
      "https://192.168.0.1/",
      "https://169.254.169.254/latest/meta-data/",
      "https://[::1]/",
      "https://[::ffff:10.0.0.1]/",
      "https://[fd00::1]/",
      "https://0x7f000001/",
      "https://2130706433/",
      "https://localhost/",
      "https://no-such-host.invalid/",
      "ftp://93.184.215.14/a.mp4",
    ]
  ) {
    const { status, body } = await bring(url);
    assert.deepEqual([status, Object.keys(body.errors ?? {})], [400, ["url"]], url);
  }
  assert.equal((await bring("not a url")).status, 400);
  const { status, body } = await bring("https://93.184.215.14/a.mp4");
  assert.deepEqual([status, body.status, body.origin], [201, "processing", "import"]);
});

shopTest(
  "unused videos are deleted by hand or after a grace period, never those in use",
  async (shop) => {
    const course = await addCourse(shop.sql);
    const tutor = await courseTutor(shop, course.id);
    const partner = await courseTutor(shop, course.id, "partner@example.com");
    const ask = async () =>
      (await shop.call("POST", CREDENTIALS, { token: tutor.token, body: {} })).body.videoId;
    const [used, stale, fresh, byHand] = [await ask(), await ask(), await ask(), await ask()];
    const remove = (id: string, token = tutor.token) =>
      shop.call("DELETE", `/api/courses/videos/${id}/`, { token });
    await shop.sql`update lessons set video_id = ${used} where slug = ${course.lesson}`;
    assert.deepEqual((await remove(used)).body.code, "video_in_use");
    assert.equal((await remove(byHand, partner.token)).status, 404);
    assert.equal((await remove(byHand)).body.status, "deleting");
    assert.equal((await remove(byHand)).status, 202);
    await shop.drainJobs(); // deletes it, and notes since when the others are unused
    assert.equal((await remove(byHand)).status, 404);

    await shop
      .sql`update videos set unused_since = now() - interval '31 days' where id in (${stale}, ${used})`;
    await shop.sql`delete from pgboss.job`; // so that the daily sweep is due again
    await shop.drainJobs();
    const left = await shop.sql<
      { id: string }[]
    >`select id from videos where status <> 'deleted' order by id`;
    assert.deepEqual(left.map(({ id }) => id), [used, fresh].sort());
    const { VIDEO_SERVICE_URL, VIDEO_SERVICE_SECRET_KEY } = shop.sandbox.environment;
    const atVendor = await fetch(`${VIDEO_SERVICE_URL}/videos?limit=10`, {
      headers: { authorization: `Apisecret ${VIDEO_SERVICE_SECRET_KEY}` },
    });
    assert.deepEqual(
      (await atVendor.json()).rows.map(({ id }: { id: string }) => id).sort(),
      [used, fresh].sort(),
    );
  },
);

shopTest(
  "no video is created while the service is down, and the tutor is told to try again",
  async (shop) => {
    const tutor = await signUpAs(shop, "tutor");
    shop.sandbox.faults.set("video", "down");
    const before = shop.sandbox.faults.asked.video;
    const { status, body } = await shop.call("POST", CREDENTIALS, { token: tutor.token, body: {} });
    assert.deepEqual([status, body.code], [503, "vendor_unavailable"]);
    assert.equal(shop.sandbox.faults.asked.video, before + 1); // what makes a video is not repeated
    const [row] = await shop.sql`select count(*)::int as count from videos`;
    assert.equal(row!.count, 0);
  },
);
