// Deno Deploy, emulated: what deno.json has it run, by the version of Deno that its documentation names, with its
// variables, all permissions and no flags but the one that adds its cron.
import assert from "node:assert/strict";
import { connect } from "../../adapters/postgres/connection.ts";
import config from "../../deno.json" with { type: "json" };
import { pay } from "../support/checkout.ts";
import { freePort } from "../support/postgres_cluster.ts";
import { ready, ROOT, startProcess } from "../support/shop_process.ts";
import { addCourse, type Answer, signUp, until } from "../support/shop.ts";
import { engines, freshDatabase, unmigratedDatabase } from "../support/test_database.ts";
import { denoOfDeploy } from "../support/deno_of_deploy.ts";
import { coursePicture, signUpAs } from "../support/tutors.ts";
import { startVendors } from "../support/vendors.ts";

const METRICS_TOKEN = "a-token-for-prometheus";

/** How long after SIGINT Deploy sends SIGKILL, in milliseconds. */
const KILLED_AFTER = 5000;

/** What Deno Deploy sets. */
const platform = (timeline: string) => ({
  DENO_DEPLOY: "true",
  DENO_DEPLOY_ORGANIZATION_ID: "organization",
  DENO_DEPLOY_ORGANIZATION_SLUG: "tutors",
  DENO_DEPLOY_APPLICATION_ID: "application",
  DENO_DEPLOY_APPLICATION_SLUG: "shop",
  DENO_DEPLOY_BUILD_ID: "build",
  DENO_DEPLOYMENT_ID: "deployment",
  DENO_TIMELINE: timeline,
});

type Options = {
  /** `migrated` by the pre-deploy command; `prepared`: by the tests, which is quicker. */
  database?: "empty" | "migrated" | "prepared";
  environment?: Record<string, string>;
};

/** The shop as Deploy runs it from deno.json, on a timeline with its own database. */
async function deploy(timeline: string, { database = "prepared", environment: given = {} }: Options = {}) {
  await using parts = new AsyncDisposableStack();
  const onDeploy = {
    options: ["--preload", `${ROOT}tests/support/deploy_platform.ts`],
    deno: await denoOfDeploy(),
  };
  const { url, drop } = await (database === "prepared" ? freshDatabase("postgres") : unmigratedDatabase());
  parts.defer(drop);
  const { sandbox, api, port, environment: vendors } = await startVendors(url);
  parts.defer(() => sandbox.stop());
  const environment = {
    ...vendors,
    FRONTEND_URL: "https://shop.example",
    EMAIL_TRANSPORT: "sendgrid",
    EMAIL_FROM: "shop@example.com",
    ...given,
    ...platform(timeline),
  };
  const sql = await connect(url, { max: 1 });
  parts.defer(() => sql.end({ timeout: 1 }));

  async function migrate(): Promise<void> {
    const [deno, run, all, script, ...args] = config.deploy.predeploy.split(" ");
    assert.deepEqual([deno, run, all], ["deno", "run", "-A"]);
    const migrated = await startProcess(script!, environment, { args, ...onDeploy }).output();
    assert.equal(migrated.code, 0, new TextDecoder().decode(migrated.stderr));
  }

  const instances: { stop(): Promise<unknown> }[] = [];
  parts.defer(async () => void await Promise.all(instances.map((instance) => instance.stop())));

  /** Starts one of several instances, which share nothing but the database. */
  function instance(at: number) {
    const process = startProcess(
      config.deploy.runtime.entrypoint,
      { ...environment, PORT: String(at) },
      onDeploy,
    ).spawn();
    let log = "";
    const reading = Promise.all(
      [process.stdout, process.stderr].map((stream) =>
        stream.pipeThrough(new TextDecoderStream()).pipeTo(
          new WritableStream({ write: (text) => void (log += text) }),
        )
      ),
    );
    function send(signal: Deno.Signal): void {
      try {
        process.kill(signal);
      } catch (error) {
        if (!(error instanceof TypeError)) throw error; // it has ended
      }
    }
    /** Stops it as Deploy does. Returns how it ended. */
    async function stop(): Promise<{ code: number; signal: string | null }> {
      send("SIGINT");
      const killing = setTimeout(() => send("SIGKILL"), KILLED_AFTER);
      const { code, signal } = await process.status;
      clearTimeout(killing);
      await reading;
      return { code, signal };
    }
    let ended: ReturnType<typeof stop> | undefined;
    const started = {
      api: `http://localhost:${at}`,
      port: at,
      log: () => log,
      stop: () => ended ??= stop(),
      /** Resolves when the instance responds to every request, and fails with its log if it ends before. */
      async ready(): Promise<void> {
        const early = process.status.then(async () => {
          await reading;
          throw new Error(`The instance ended: ${log}`);
        });
        await Promise.race([ready(started.api), early]);
      },
      /** Resolves when the log has the text. */
      logs: (text: string) => until(() => Promise.resolve(log.includes(text))),
    };
    instances.push(started);
    return started;
  }

  if (database === "migrated") await migrate();
  const first = instance(port);
  const open = parts.move();
  return {
    ...first,
    sandbox,
    sql,
    migrate,
    instance,
    call: (method: string, path: string, options = {}) => call(api, method, path, options),
    [Symbol.asyncDispose]: () => open.disposeAsync(),
  };
}

async function call(
  api: string,
  method: string,
  path: string,
  { token, body }: { token?: string; body?: unknown } = {},
): Promise<Answer> {
  const isForm = body instanceof FormData;
  const response = await fetch(`${api}${path}`, {
    method,
    headers: {
      ...(token ? { authorization: `Bearer ${token}` } : {}),
      ...(body === undefined || isForm ? {} : { "content-type": "application/json" }),
    },
    body: body === undefined ? undefined : isForm ? body : JSON.stringify(body),
  });
  const text = await response.text();
  const isJson = response.headers.get("content-type")?.includes("json");
  return { status: response.status, body: isJson ? JSON.parse(text) : text, headers: response.headers };
}

const mailsTo = async (origin: string, email: string): Promise<{ subject: string }[]> =>
  (await (await fetch(`${origin}/mailbox/api/messages?to=${email}`)).json()).messages;

if (engines.includes("postgres")) {
  Deno.test(
    "on Deno Deploy one buys, is mailed once, watches and uploads a picture, whichever instance one meets",
    async () => {
      await using shop = await deploy("production", { database: "migrated" });
      const other = shop.instance(freePort());
      await Promise.all([shop.ready(), other.ready()]);
      assert.match(shop.log(), /"cron registered","name":"work jobs","schedule":"\* \* \* \* \*"/);

      const { token } = await signUp({ call: (...args) => call(other.api, ...args) });
      const course = await addCourse(shop.sql);
      const lesson = `/api/courses/lessons/${course.lesson}/`;
      assert.equal((await call(other.api, "GET", lesson, { token })).status, 404);
      const open = await call(other.api, "POST", "/api/payments/payments/", {
        token,
        body: { course_id: course.id },
      });
      assert.equal((await pay(open.body.checkout_url)).status, 303);
      // Stripe tells the first instance; the student is with the other one.
      const watched = await until(async () => {
        const answer = await call(other.api, "GET", lesson, { token });
        return answer.status === 200 && answer;
      });
      assert.ok(watched.body.otp && watched.body.playbackInfo);
      await until(async () => {
        const subjects = (await mailsTo(shop.sandbox.origin, "ada@example.com")).map(({ subject }) =>
          subject
        );
        return subjects.some((subject) => /access to/.test(subject)) && subjects.length === 2;
      });

      const tutor = await signUpAs(shop, "tutor");
      const form = new FormData();
      form.set("title", "Optics");
      form.set("description", "Light.");
      form.set("thumbnail", new File([await coursePicture()], "light.png", { type: "image/png" }));
      const created = await call(shop.api, "POST", "/api/courses/courses/", {
        token: tutor.token,
        body: form,
      });
      assert.equal(created.status, 201, JSON.stringify(created.body));
      assert.match(created.body.thumbnail, /^http.*\.(png|jpe?g|webp)$/);

      // Ticks of two instances have mailed nothing twice.
      const mails = await mailsTo(shop.sandbox.origin, "ada@example.com");
      assert.equal(mails.length, 2, JSON.stringify(mails));
      assert.doesNotMatch(shop.log() + other.log(), /cron failed|"level":"error"/);
      assert.deepEqual(await other.stop(), { code: 0, signal: null });
      assert.deepEqual(await shop.stop(), { code: 0, signal: null });
    },
  );

  Deno.test("on a branch of Deno Deploy the cron ticks and does nothing, but the server purges the cache", async () => {
    await using shop = await deploy("git-branch/try");
    await shop.ready();
    await signUp(shop);
    const tutor = {
      first_name: "Eve",
      last_name: "Adams",
      email: "eve@example.com",
      password: "three-odd-words",
    };
    assert.equal((await call(shop.api, "POST", "/api/auth/tutors/", { body: tutor })).status, 201);
    await until(() => Promise.resolve(shop.sandbox.purges.some(({ items }) => items.includes("tutors"))));
    const ticks = () => shop.log().split("cron ran").length - 1;
    const before = ticks();
    await until(() => Promise.resolve(ticks() > before + 3));
    assert.deepEqual(await mailsTo(shop.sandbox.origin, "ada@example.com"), []);
  });

  Deno.test("a preview on Deno Deploy with a live Stripe key does not start, and says why", async () => {
    await using shop = await deploy("preview/1", {
      environment: { STRIPE_SECRET_KEY: "sk_live_of_the_shop" },
    });
    await shop.logs("only production may charge");
  });

  Deno.test("on Deno Deploy a database without migrations is a 503 that the log explains, until they are applied", async () => {
    await using shop = await deploy("production", { database: "empty", environment: { METRICS_TOKEN } });
    await shop.logs('"listening"');
    const before = await call(shop.api, "GET", "/api/courses/courses/");
    assert.deepEqual([before.status, before.headers.get("retry-after")], [503, "5"]);
    assert.match(shop.log(), /"not ready".*The database lacks 0111_baseline/);
    assert.equal((await call(shop.api, "GET", "/ready")).status, 503);
    const metrics = await call(shop.api, "GET", "/metrics", { token: METRICS_TOKEN });
    assert.deepEqual([metrics.status, metrics.body.code], [503, "vendor_unavailable"]);
    assert.equal((await call(shop.api, "GET", "/health")).status, 200);
    await shop.migrate();
    assert.equal((await call(shop.api, "GET", "/ready")).status, 200);
    assert.equal((await call(shop.api, "GET", "/metrics", { token: METRICS_TOKEN })).status, 200);
    assert.equal((await call(shop.api, "GET", "/api/courses/courses/")).status, 200);
  });

  Deno.test("a server on Deno Deploy that is told to stop does so with a request in flight, before it is killed", async () => {
    await using shop = await deploy("production");
    await shop.ready();
    const hanging = await Deno.connect({ hostname: "127.0.0.1", port: shop.port });
    await hanging.write(
      new TextEncoder().encode(
        "POST /api/auth/token/ HTTP/1.1\r\nhost: shop\r\ncontent-type: application/json\r\ncontent-length: 99\r\n\r\n{",
      ),
    );
    await new Promise((resolve) => setTimeout(resolve, 100));
    assert.deepEqual(await shop.stop(), { code: 0, signal: null });
    hanging.close();
  });
}
