// What the shop exports by OTLP, as a process of its own, for Deno reads OTEL_DENO only when it starts.
import assert from "node:assert/strict";
import { connect } from "../../adapters/postgres/connection.ts";
import { type CollectorManner, startCollector } from "../support/collector.ts";
import { ready, startProcess } from "../support/shop_process.ts";
import { addCourse, type Answer, pay, until } from "../support/shop.ts";
import { emptyDatabase, oneEngine } from "../support/test_database.ts";
import { startVendors } from "../support/vendors.ts";

const PASSWORD = "a-very-private-Passw0rd";
const EMAIL = "ada.lovelace@private.example";
const SEARCH = "zymurgy";

/** A shop that works its jobs and exports telemetry to a collector. */
async function startShop(manner: CollectorManner | "gone") {
  await using parts = new AsyncDisposableStack();
  const { url, release } = await emptyDatabase(oneEngine[0]!);
  parts.defer(release);
  const { sandbox, api, environment } = await startVendors(url, { debitDelayMs: 50 });
  parts.defer(() => sandbox.stop());
  const collector = startCollector(manner === "gone" ? "fine" : manner);
  parts.defer(() => collector.stop());
  const endpoint: Record<string, string> = manner === "gone"
    ? { OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:9" }
    : {};
  const child = startProcess("main.ts", {
    ...environment,
    PUBLIC_URL: api,
    ...collector.environment,
    ...endpoint,
  }, { options: ["--no-check"] }).spawn();
  const output = child.output();
  parts.defer(async () => {
    try {
      child.kill("SIGKILL"); // where a test failed before it ended
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
    }
    await output;
  });
  const sql = await connect(url, { max: 1 });
  parts.defer(() => sql.end({ timeout: 1 }));
  await ready(api);
  const open = parts.move();
  return {
    api,
    sql,
    sandbox,
    collector,
    environment,
    async call(method: string, path: string, { token, body }: { token?: string; body?: unknown } = {}) {
      const response = await fetch(api + path, {
        method,
        headers: {
          ...(token ? { authorization: `Bearer ${token}` } : {}),
          ...(body === undefined ? {} : { "content-type": "application/json" }),
        },
        body: body === undefined ? undefined : JSON.stringify(body),
      });
      const text = await response.text();
      const isJson = response.headers.get("content-type")?.includes("json");
      return {
        status: response.status,
        body: isJson ? JSON.parse(text) : text,
        headers: response.headers,
      } as Answer;
    },
    /** Ends the process as a supervisor does. Returns its code, its output and how many milliseconds it took. */
    async end() {
      const begun = performance.now();
      child.kill("SIGTERM");
      const { code, stdout } = await output;
      return { code, log: new TextDecoder().decode(stdout), ms: performance.now() - begun };
    },
    [Symbol.asyncDispose]: () => open.disposeAsync(),
  };
}

type Shop = Awaited<ReturnType<typeof startShop>>;

/** Registers, searches, buys and watches, with everything that nobody else may see. Returns all of it. */
async function live(shop: Shop): Promise<string[]> {
  const course = await addCourse(shop.sql);
  const names = { first_name: "Augusta", last_name: "Lovelace-King" };
  const registered = await shop.call("POST", "/api/auth/users/", {
    body: { ...names, email: EMAIL, password: PASSWORD },
  });
  assert.equal(registered.status, 201);
  const { body: { access: token, refresh } } = await shop.call("POST", "/api/auth/token/", {
    body: { email: EMAIL, password: PASSWORD },
  });
  const link = await until(async () => {
    const inbox = await fetch(`${shop.sandbox.origin}/mailbox/api/messages?to=${EMAIL}`);
    const { messages } = await inbox.json() as { messages: { text: string }[] };
    return messages.flatMap(({ text }) => text.match(/http\S+token=\S+/g) ?? [])[0];
  });
  const mailed = new URL(link).searchParams.get("token")!;
  await shop.call("GET", `/api/courses/courses/?search=${SEARCH}&page_size=5`);
  await shop.call("GET", `/api/core/universities/?search=${SEARCH}&token=${mailed}`);
  const { body } = await shop.call("POST", "/api/payments/payments/", {
    token,
    body: { course_id: course.id },
  });
  assert.equal((await pay(body.checkout_url)).status, 303);
  await until(async () => {
    const [row] = await shop.sql<{ state: string }[]>`select state from orders`;
    return row?.state === "paid";
  });
  const watched = await shop.call("GET", `/api/courses/lessons/${course.lesson}/`, { token });
  assert.ok(watched.body.otp);
  await shop.call("POST", `/api/courses/vdocipher/webhook/${shop.environment.VIDEO_WEBHOOK_SECRET}/`, {
    body: { event: "video:ready", payload: { id: "v" } },
  });
  assert.equal(
    (await shop.call("POST", "/api/auth/token/", { body: { email: EMAIL, password: "wrong-one" } })).status,
    401,
  );
  const { environment } = shop;
  return [
    ...[EMAIL, "ada.lovelace", "private.example", PASSWORD, "Lovelace-King", SEARCH, token, refresh, mailed],
    ...[watched.body.otp, watched.body.playbackInfo, body.checkout_url, "wrong-one"],
    ...Object.entries(environment).filter(([name]) => /SECRET|PASSWORD|_KEY$|TOKEN|DSN/.test(name)).map((
      [, value],
    ) => value),
  ];
}

Deno.test("spans are named by operation, vendor and job, and nothing exported holds what is private", async () => {
  await using shop = await startShop("fine");
  const secrets = await live(shop);
  const { collector } = shop;
  await until(() => Promise.resolve(collector.metrics.has("shop.dead_jobs")));
  const { code, log } = await shop.end();
  assert.equal(code, 0);

  const named = (name: string) => {
    const span = collector.spans.find((span) => span.name === name);
    assert.ok(
      span,
      `there is no span ${name} among ${[...new Set(collector.spans.map(({ name }) => name))]}`,
    );
    return span;
  };
  const list = named("GET /api/courses/courses/");
  assert.equal(list.attributes["http.route"], "/api/courses/courses/");
  assert.equal(list.attributes["shop.operation"], "listCourses");
  const lesson = named("GET /api/courses/lessons/{slug}/");
  const ticket = named("vdocipher ticket");
  assert.equal(ticket.traceId, lesson.traceId); // and so below it
  assert.deepEqual(ticket.attributes, { vendor: "vdocipher", operation: "ticket", outcome: "done" });
  named("stripe openPage");
  named("smtp send");
  named("job watch_payments");

  const lines = log.trim().split("\n").flatMap((line) => line.startsWith("{") ? [JSON.parse(line)] : []);
  const line = lines.find(({ path }) => path === "/api/courses/lessons/{slug}/");
  assert.equal(line?.traceId, lesson.traceId);

  for (
    const metric of [
      ...["shop.request.duration", "shop.vendor_call.duration", "shop.job.duration", "shop.orders"],
      "http.server.request.duration",
    ]
  ) {
    assert.ok(collector.metrics.has(metric), `${metric} is missing`);
  }
  const exported = collector.bodies.join("\n");
  assert.ok(secrets.length > 15 && secrets.every((secret) => secret.length > 1));
  const found = secrets.filter((secret) =>
    [secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1)].some((form) =>
      exported.includes(form)
    )
  );
  assert.deepEqual(found, []);
  assert.ok(
    !exported.includes("url.full") && !exported.includes("url.query") && !exported.includes("url.path"),
  );
});

for (const manner of ["silent", "gone"] as const) {
  Deno.test(`a collector that is ${manner} holds up neither a sign-in, nor a purchase, nor the stop`, async () => {
    await using shop = await startShop(manner);
    await live(shop);
    const { code, ms } = await shop.end();
    assert.equal(code, 0);
    assert.ok(ms < 8000, `the stop took ${ms} ms`); // of which 3 are those of a collector that is silent
  });
}
