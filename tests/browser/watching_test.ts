import assert from "node:assert/strict";
import { type Browser, chromium, type Page } from "playwright-core";
import { addStudent, signIn } from "../support/people.ts";
import { courseTutor } from "../support/tutors.ts";
import { freePort } from "../support/postgres_cluster.ts";
import { addCourse, shopTest, until } from "../support/shop.ts";

const CHROMIUM = "/usr/bin/chromium";
const FRONTEND_PORT = freePort();
const FRONTEND = `http://localhost:${FRONTEND_PORT}`;
const isInstalled = await Deno.stat(CHROMIUM).then(() => true, () => false);

/** The frontend's uploader, step by step: credentials, the form with progress, the video's id into the lesson. */
const uploader = (at: { api: string; token: string; lesson: string }) => `
  <input type="file" aria-label="Video"><output></output>
  <script>
    const { api, token, lesson } = ${JSON.stringify(at)};
    const headers = { "Content-Type": "application/json", Authorization: "Bearer " + token };
    const say = (text) => document.querySelector("output").append(text + " ");
    document.querySelector("input").onchange = async ({ target }) => {
      const answer = await fetch(api + "/api/courses/vdocipher/upload-credentials/", {
        method: "POST", headers, body: JSON.stringify({ title: "Vectors", folderId: "root" }),
      });
      const { videoId, clientPayload: { uploadLink, ...fields } } = await answer.json();
      const form = new FormData();
      for (const name of ["policy", "key", "x-amz-signature", "x-amz-algorithm", "x-amz-date", "x-amz-credential"]) {
        form.append(name, fields[name]);
      }
      form.append("success_action_status", "201");
      form.append("success_action_redirect", "");
      form.append("file", target.files[0]);
      const xhr = new XMLHttpRequest();
      xhr.upload.addEventListener("progress", () => say("progress"));
      xhr.onload = async () => {
        say("uploaded " + xhr.status);
        const saved = await fetch(api + "/api/courses/lessons/" + lesson + "/", {
          method: "PATCH", headers, body: JSON.stringify({ video_service_id: videoId }),
        });
        say("saved " + saved.status);
      };
      xhr.onerror = () => say("failed");
      xhr.open("POST", uploadLink);
      xhr.send(form);
    };
  </script>`;

/** A player that does what the API's answers say, with heartbeats at a pace for tests. */
const player = (at: { api: string; token: string; lesson: string; vendor: string }) => `
  <output></output><button hidden>Watch here</button><iframe title="Player" width="320" height="240"></iframe>
  <script>
    const { api, token, lesson, vendor } = ${JSON.stringify(at)};
    const headers = { "Content-Type": "application/json", Authorization: "Bearer " + token };
    const say = (text) => document.querySelector("output").textContent = text;
    const button = document.querySelector("button");
    const post = async (path, body) => {
      const answer = await fetch(api + path, { method: "POST", headers, body: JSON.stringify(body) });
      return { ok: answer.ok, body: await answer.json() };
    };
    async function watch(takeOver) {
      const { ok, body } = await post("/api/courses/lessons/" + lesson + "/playback/", takeOver);
      if (!ok) {
        say(body.detail);
        button.hidden = !body.streams;
        button.onclick = () => watch({ take_over: body.streams[0].session_id });
        return;
      }
      button.hidden = true;
      document.querySelector("iframe").src = vendor + "?otp=" + body.otp + "&playbackInfo=" + body.playbackInfo;
      say("playing from " + body.position_seconds);
      const timer = setInterval(async () => {
        const beat = await post("/api/courses/playback/" + body.session_id + "/heartbeat/", {
          position_seconds: 42, state: "playing",
        });
        if (beat.ok) return;
        clearInterval(timer);
        document.querySelector("iframe").src = "about:blank";
        say("stopped: " + beat.body.detail);
      }, 200);
    }
    watch({});
  </script>`;

/** A page of the frontend, served from its own origin, in a browser of its own. */
async function open(browser: Browser, pages: string[], html: string, userAgent?: string): Promise<Page> {
  const context = await browser.newContext({ userAgent });
  const page = await context.newPage();
  await page.goto(`${FRONTEND}/${pages.push(html) - 1}`);
  return page;
}

const says = (page: Page, text: RegExp) => page.locator("output", { hasText: text }).waitFor();

if (isInstalled) {
  shopTest(
    "in a browser: a tutor uploads a video, a student watches it, and continues on another device",
    async (shop) => {
      const course = await addCourse(shop.sql);
      const tutor = await courseTutor(shop, course.id);
      const ada = await addStudent(shop, course.id);
      const at = { api: shop.api, lesson: course.lesson, vendor: `${shop.sandbox.origin}/vdocipher/player` };
      const pages: string[] = [];
      const frontend = Deno.serve(
        { port: FRONTEND_PORT, hostname: "127.0.0.1", onListen() {} },
        (request) =>
          new Response(pages[Number(new URL(request.url).pathname.slice(1))], {
            headers: { "content-type": "text/html" },
          }),
      );
      const browser = await chromium.launch({
        executablePath: CHROMIUM,
        args: ["--no-sandbox", "--disable-dev-shm-usage"],
      });
      try {
        const studio = await open(browser, pages, uploader({ ...at, token: tutor.token }));
        await studio.getByLabel("Video").setInputFiles({
          name: "vectors.mp4",
          mimeType: "video/mp4",
          buffer: Buffer.alloc(300_000),
        });
        await says(studio, /progress.*uploaded 201.*saved 200/);
        await until(async () => {
          await shop.drainJobs();
          const { body } = await shop.call("GET", "/api/courses/videos/?status=ready", {
            token: tutor.token,
          });
          return body.count === 1;
        });

        const phone = await open(
          browser,
          pages,
          player({ ...at, token: ada.token }),
          "Mozilla/5.0 (iPhone) Safari/604.1",
        );
        await says(phone, /playing from 0/);
        const screen = phone.frameLocator("iframe");
        await screen.getByRole("img", { name: "A video plays" }).waitFor();
        await screen.getByText("Ada Lovelace").waitFor();
        await until(async () => {
          const [row] = await shop
            .sql`select position_seconds from lesson_progress where student_id = ${ada.id}`;
          return row?.position_seconds === 42;
        });

        const laptop = await open(
          browser,
          pages,
          player({ ...at, token: await signIn(shop, "ada@example.com") }),
          "Mozilla/5.0 (X11; Linux x86_64) Firefox/120.0",
        );
        await says(laptop, /You are already watching on another device: Safari on iOS/);
        await laptop.getByRole("button", { name: "Watch here" }).click();
        await says(laptop, /playing from 42/);
        await says(phone, /stopped: You are already watching on another device: Firefox on Linux/);
        const [lesson] = await shop.sql`select duration_seconds from lessons where slug = ${course.lesson}`;
        assert.equal(lesson!.duration_seconds, 60);
      } finally {
        await browser.close();
        await frontend.shutdown();
      }
    },
    {
      on: ["pglite"],
      environment: { FRONTEND_URL: FRONTEND, STREAMS_PER_STUDENT: "1", PLAYBACK_WATERMARK: "{name}" },
    },
  );
}
