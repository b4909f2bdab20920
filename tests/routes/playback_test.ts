import assert from "node:assert/strict";
import { addCourse, shopTest, signUp } from "../support/shop.ts";
import { addStudent, signIn } from "../support/people.ts";
import { courseTutor, signUpAs } from "../support/tutors.ts";

const playback = (lesson: string) => `/api/courses/lessons/${lesson}/playback/`;
const heartbeat = (sessionId: string) => `/api/courses/playback/${sessionId}/heartbeat/`;

shopTest(
  "playback starts where the viewer stopped, is kept alive by heartbeats and ends with access",
  async (shop) => {
    const course = await addCourse(shop.sql);
    const ada = await addStudent(shop, course.id);
    const start = () => shop.call("POST", playback(course.lesson), { token: ada.token, body: {} });
    const beat = (sessionId: string, position: number, state = "playing", token = ada.token) =>
      shop.call("POST", heartbeat(sessionId), { token, body: { position_seconds: position, state } });

    const { status, body } = await start();
    assert.equal(status, 200);
    assert.deepEqual([body.position_seconds, body.duration_seconds, body.heartbeat_seconds], [0, 1874, 30]);
    assert.ok(Date.parse(body.ticket_expires_at) > Date.now() + 200_000);
    const player = await fetch(`${shop.sandbox.origin}/vdocipher/player?otp=${body.otp}`);
    assert.match(await player.text(), /ada@example\.com/);

    const eve = await signUp(shop, "eve@example.com");
    assert.equal((await beat(body.session_id, 5, "playing", eve.token)).status, 404);
    assert.equal((await beat(body.session_id, -1)).body.errors.position_seconds.length, 1);
    await shop.sql`update playback_sessions set last_seen_at = now() - interval '20 seconds'`;
    assert.equal((await beat(body.session_id, 120)).status, 200);
    await shop.sql`update playback_sessions set last_seen_at = now() - interval '1 hour'`;
    assert.equal((await beat(body.session_id, 130, "paused")).status, 200);
    const [session] = await shop.sql`select watched_seconds, position_seconds from playback_sessions`;
    assert.deepEqual({ ...session }, { watched_seconds: 20, position_seconds: 130 });
    assert.equal((await start()).body.position_seconds, 130);
    const [progress] = await shop.sql`select watched_seconds, position_seconds from lesson_progress`;
    assert.deepEqual({ ...progress }, { watched_seconds: 20, position_seconds: 130 });

    assert.equal((await beat(body.session_id, 140, "ended")).status, 200);
    assert.equal((await beat(body.session_id, 150)).status, 404);

    const next = await start();
    await shop.sql`update grants set revoked_at = now()`;
    assert.equal((await beat(next.body.session_id, 160)).status, 404);
    assert.equal((await start()).status, 404);
  },
);

shopTest(
  "if one stream is allowed, a second device is told of the first and may take over",
  async (shop) => {
    const course = await addCourse(shop.sql);
    const ada = await addStudent(shop, course.id);
    const firefox = await signIn(shop, "ada@example.com");
    const iphone = "Mozilla/5.0 (iPhone) Safari/604.1";
    await signIn(shop, "ada@example.com", iphone);
    const startOn = async (token: string, userAgent: string, body: Record<string, unknown> = {}) => {
      const response = await shop.fetch(`${shop.api}${playback(course.lesson)}`, {
        method: "POST",
        headers: {
          authorization: `Bearer ${token}`,
          "content-type": "application/json",
          "user-agent": userAgent,
        },
        body: JSON.stringify(body),
      });
      return { status: response.status, body: await response.json() };
    };
    const beat = (sessionId: string, token: string) =>
      shop.call("POST", heartbeat(sessionId), { token, body: { position_seconds: 1, state: "playing" } });

    const first = await startOn(ada.token, iphone);
    const phone = await startOn(ada.token, iphone);
    assert.equal(phone.status, 200, "a page loaded anew, or the next lesson, is the same player");
    assert.equal((await beat(first.body.session_id, ada.token)).status, 409, "which plays one at a time");
    assert.equal((await beat(phone.body.session_id, ada.token)).status, 200);
    const shared = await startOn(ada.token, "Mozilla/5.0 (Windows NT 10.0) Firefox/120.0");
    assert.deepEqual([shared.status, shared.body.code], [409, "stream_limit"], "one sign-in that is shared");
    const refused = await startOn(firefox, "Mozilla/5.0 (X11; Linux x86_64) Firefox/120.0");
    assert.deepEqual([refused.status, refused.body.code], [409, "stream_limit"]);
    assert.match(refused.body.detail, /Safari on iOS/);
    assert.deepEqual(
      [refused.body.streams[0].device, refused.body.streams[0].lesson_title, refused.body.streams.length],
      ["Safari on iOS", "Vectors", 1],
    );
    const signIns = await shop.call("GET", "/api/auth/sessions/", { token: firefox });
    const devices = signIns.body.results.map(({ device }: { device: string }) => device);
    assert.ok(devices.includes("Safari on iOS"), "the list of sign-ins calls it the same");
    const page = await shop.call("GET", `/api/courses/lessons/${course.lesson}/`, { token: firefox });
    assert.deepEqual([page.status, page.body.otp, page.body.video_problem.code], [
      200,
      undefined,
      "stream_limit",
    ]);
    const ticket = await shop.call("GET", "/api/courses/vdocipher/video/sample-video/otp/", {
      token: firefox,
    });
    assert.equal(ticket.status, 409);

    const taken = await startOn(firefox, "Mozilla/5.0 (X11; Linux x86_64) Firefox/120.0", {
      take_over: refused.body.streams[0].session_id,
    });
    assert.equal(taken.status, 200);
    const lost = await beat(phone.body.session_id, ada.token);
    assert.deepEqual([lost.status, lost.body.streams[0].device], [409, "Firefox on Linux"]);

    // A device that was silent for long keeps nobody waiting, and comes back where there is room.
    await shop.sql`update playback_sessions set lease_until = now() where ended_at is null`;
    assert.equal((await startOn(ada.token, iphone)).status, 200);
    assert.equal((await beat(taken.body.session_id, firefox)).status, 409);
    await shop.sql`update playback_sessions set lease_until = now() where sign_in_id <> (
    select sign_in_id from playback_sessions where id = ${taken.body.session_id})`;
    assert.equal((await beat(taken.body.session_id, firefox)).status, 200);
  },
  { environment: { STREAMS_PER_STUDENT: "1" } },
);

shopTest("two devices that start at the same time do not both get the only stream", async (shop) => {
  const course = await addCourse(shop.sql);
  const ada = await addStudent(shop, course.id);
  const tokens = [ada.token, await signIn(shop, "ada@example.com"), await signIn(shop, "ada@example.com")];
  const answers = await Promise.all(
    tokens.map((token) => shop.call("POST", playback(course.lesson), { token, body: {} })),
  );
  assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 409, 409]);
}, { environment: { STREAMS_PER_STUDENT: "1" } });

shopTest(
  "a failing video service leaves the lesson usable, with the reason, and is reported once",
  async (shop) => {
    const course = await addCourse(shop.sql);
    const ada = await addStudent(shop, course.id);
    const watch = () => shop.call("POST", playback(course.lesson), { token: ada.token, body: {} });
    const outages = async () => {
      await shop.drainJobs();
      const { messages } = await (await fetch(`${shop.sandbox.origin}/mailbox/api/messages`)).json();
      return messages.filter(({ subject }: { subject: string }) => /video service is down/.test(subject))
        .length;
    };
    for (const fault of ["nonsense", "refused", "down"] as const) {
      shop.sandbox.faults.set("video", fault);
      const { status, body, headers } = await watch();
      assert.deepEqual([status, body.code], [503, "vendor_unavailable"], fault);
      assert.ok(Number(headers.get("retry-after")) > 0);
      const page = await shop.call("GET", `/api/courses/lessons/${course.lesson}/`, { token: ada.token });
      assert.deepEqual(
        [page.status, page.body.title, page.body.otp, page.body.video_problem.code],
        [200, "Vectors", undefined, "vendor_unavailable"],
      );
    }
    const before = shop.sandbox.faults.asked.video;
    for (let n = 0; n < 5; n++) assert.equal((await watch()).status, 503);
    assert.equal(shop.sandbox.faults.asked.video, before); // the circuit is open
    assert.equal(await outages(), 1);
    const [open] = await shop
      .sql`select count(*)::int as count from playback_sessions where ended_at is null`;
    assert.equal(open!.count, 0);
  },
);

shopTest("a course's rules reach the player: embedding hosts and countries", async (shop) => {
  const course = await addCourse(shop.sql);
  const ada = await addStudent(shop, course.id);
  const tutor = await courseTutor(shop, course.id);
  const rules = `/api/courses/courses/${course.slug}/playback-rules/`;
  const change = (body: Record<string, unknown>, token = tutor.token) =>
    shop.call("PUT", rules, {
      token,
      body: { embed_hosts: [], country_rule: "none", countries: [], ...body },
    });
  assert.match(
    (await change({ embed_hosts: ["https://evil.example/"] })).body.errors.embed_hosts[0],
    /host names/,
  );
  assert.match(
    (await change({ country_rule: "allow", countries: ["QX"] })).body.errors.countries[0],
    /ISO 3166/,
  );
  assert.match((await change({ country_rule: "block" })).body.errors.countries[0], /List countries/);
  assert.equal((await change({ countries: ["DE"] })).status, 400);
  const wanted = { embed_hosts: ["11-Tutors.com"], country_rule: "allow", countries: ["de", "PT"] };
  const saved = { embed_hosts: ["11-tutors.com"], country_rule: "allow", countries: ["DE", "PT"] };
  assert.deepEqual((await change(wanted)).body, saved);
  assert.deepEqual((await shop.call("GET", rules, { token: tutor.token })).body, saved);

  const play = async (referer: string, country: string) => {
    const { body } = await shop.call("POST", playback(course.lesson), { token: ada.token, body: {} });
    const page = await fetch(`${shop.sandbox.origin}/vdocipher/player?otp=${body.otp}&country=${country}`, {
      headers: { referer },
    });
    await page.body?.cancel();
    return page.status;
  };
  assert.equal(await play("https://11-tutors.com/courses", "DE"), 200);
  assert.equal(await play("https://11-tutorsXcom.example/", "DE"), 403);
  assert.equal(await play("https://11-tutors.com/", "US"), 403);

  const administrator = await signUpAs(shop, "admin");
  assert.equal((await change({}, administrator.token)).status, 200);
  const [entry] = await shop.sql`select action, before ->> 'countryRule' as rule from audit_log`;
  assert.deepEqual({ ...entry }, { action: "course.playback_rules", rule: "allow" });
});

shopTest(
  "the access log shows who watched what, from where and for how long, and is purged in time",
  async (shop) => {
    const course = await addCourse(shop.sql);
    const ada = await addStudent(shop, course.id);
    const eve = await signUp(shop, "eve@example.com");
    const { token } = await signUpAs(shop, "admin");
    const watched = await shop.call("POST", playback(course.lesson), { token: ada.token, body: {} });
    await shop.sql`update playback_sessions set last_seen_at = now() - interval '30 seconds'`;
    await shop.call("POST", heartbeat(watched.body.session_id), {
      token: ada.token,
      body: { position_seconds: 30, state: "playing" },
    });
    await shop.call("POST", playback(course.lesson), { token: eve.token, body: {} });
    await shop.call("POST", playback(course.preview), { body: {} });

    const read = async (query = "") =>
      (await shop.call("GET", `/api/courses/playback-log/${query}`, { token })).body;
    const { count, results } = await read();
    assert.equal(count, 3);
    assert.deepEqual(
      results.map((entry: { outcome: string; viewer: { email: string } | null; watched_seconds: number }) => [
        entry.outcome,
        entry.viewer?.email,
        entry.watched_seconds,
      ]),
      [
        ["ticket_issued", undefined, null],
        ["refused", "eve@example.com", null],
        ["ticket_issued", "ada@example.com", 30],
      ],
    );
    assert.deepEqual([results[2].lesson.title, results[2].course.title, results[2].address], [
      "Vectors",
      "Linear Algebra",
      "127.0.0.1",
    ]);
    assert.equal((await read(`?viewer=${ada.id}`)).count, 1);
    assert.equal((await read("?outcome=refused")).count, 1);
    assert.equal((await read(`?course=${course.id}&before=2000-01-01T00:00:00Z`)).count, 0);
    assert.equal((await read(`?lesson=${results[2].lesson.id}&from=2000-01-01T00:00:00Z`)).count, 2);
    assert.equal((await read("?page_size=1&page=2")).results.length, 1);

    await shop
      .sql`update playback_log set occurred_at = now() - interval '31 days' where viewer_id = ${ada.id}`;
    await shop.drainJobs();
    assert.equal((await read()).count, 2);
  },
  { environment: { PLAYBACK_LOG_DAYS: "30", PLAYBACK_WATERMARK: "{name} {order}" } },
);
