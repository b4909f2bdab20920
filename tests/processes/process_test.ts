import assert from "node:assert/strict";
import { readConfig } from "../../adapters/config/read_config.ts";
import { createLog } from "../../adapters/log.ts";
import { connect } from "../../adapters/postgres/connection.ts";
import { serve } from "../../main.ts";
import { pay, until } from "../support/shop.ts";
import { freePort } from "../support/postgres_cluster.ts";
import { answers, ready, ROOT, startProcess } from "../support/shop_process.ts";
import { engines, freshDatabase } from "../support/test_database.ts";
import { startVendors } from "../support/vendors.ts";

async function post(url: string, body: unknown, token?: string) {
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json", ...(token ? { authorization: `Bearer ${token}` } : {}) },
    body: JSON.stringify(body),
  });
  return { status: response.status, body: await response.json() };
}

async function get(url: string, token?: string) {
  const response = await fetch(url, { headers: token ? { authorization: `Bearer ${token}` } : {} });
  return await response.json();
}

Deno.test("production does not start with variables missing, and names each", async () => {
  const { code, stdout } = await startProcess("main.ts", { FRONTEND_URL: "https://shop.example" }).output();
  assert.equal(code, 1);
  const lines = new TextDecoder().decode(stdout).trim().split("\n");
  assert.equal(lines.length, 1);
  const { message } = JSON.parse(lines[0]!);
  for (
    const name of [
      "DATABASE_URL",
      "JWT_SECRET",
      "STRIPE_SECRET_KEY",
      "STRIPE_WEBHOOK_SECRET",
      "R2_BUCKET_NAME",
    ]
  ) {
    assert.ok(message.includes(`${name} is missing`), name);
  }
});

Deno.test("the development server refuses production", async () => {
  const { code, stdout } = await startProcess("adapters/sandbox/start.ts", { APP_ENV: "production" })
    .output();
  assert.equal(code, 1);
  assert.match(new TextDecoder().decode(stdout), /use `deno task start`/);
});

Deno.test("an uncaught error is logged and reported, and ends the process after requests in flight", async () => {
  const reports: string[] = [];
  await using sentry = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, async (request) => {
    reports.push(await request.text());
    return Response.json({});
  });
  for (const fault of ['throw new Error("boom")', 'Promise.reject(new Error("boom"))']) {
    const port = freePort();
    const script = `
      import { stopOnSignal, watchForErrors } from "./adapters/deno/process.ts";
      import { createLog } from "./adapters/log.ts";
      import { sentryFaults } from "./adapters/sentry/faults.ts";
      import { setTimeout } from "node:timers";
      const log = createLog("json");
      watchForErrors(log);
      const server = Deno.serve({ port: ${port}, hostname: "127.0.0.1", onListen() {} }, async () => {
        setTimeout(() => { ${fault}; }, 50);
        await new Promise((resolve) => setTimeout(resolve, 400));
        return new Response("whole");
      });
      const dsn = "http://key@127.0.0.1:${sentry.addr.port}/1";
      const faults = sentryFaults({ dsn, environment: "test", release: null });
      stopOnSignal(() => server.shutdown().then(() => faults.close(1000)), log, faults);`;
    const child = new Deno.Command(Deno.execPath(), {
      args: ["eval", "--ext=ts", script],
      cwd: ROOT,
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const answer = await until(() => fetch(`http://127.0.0.1:${port}/`).catch(() => null));
    assert.equal(await answer.text(), "whole");
    const { code, stdout } = await child.output();
    assert.equal(code, 1);
    assert.match(new TextDecoder().decode(stdout), /"uncaught error".*boom/);
    assert.match(reports.pop() ?? "", /"value":"boom"/);
    assert.deepEqual(reports, []);
  }
});

Deno.test("a killed server loses nothing: registration, order, payment and mail are there after a restart", async () => {
  const data = await Deno.makeTempDir();
  const [port, pages, smtp, database] = [freePort(), freePort(), freePort(), freePort()];
  const api = `http://localhost:${port}`;
  const environment = {
    SANDBOX_DATA: data,
    PORT: String(port),
    SANDBOX_PORT: String(pages),
    SANDBOX_SMTP_PORT: String(smtp),
    SANDBOX_DATABASE_PORT: String(database),
  };
  let server: Deno.ChildProcess | undefined;
  const boot = async () => {
    server = startProcess("adapters/sandbox/start.ts", environment).spawn();
    await ready(api);
  };
  const crash = async () => {
    server!.kill("SIGKILL");
    await server!.output();
  };
  const person = { email: "ada@example.com", password: "correct-horse" };
  try {
    await boot();
    // A command finds the database that is served here, whatever its port, and asks for no other variable.
    const { code, stdout } = await startProcess("main.ts", { SANDBOX_DATA: data }, { args: ["universities"] })
      .output();
    assert.deepEqual([code, /\d of \d+ universities/.test(new TextDecoder().decode(stdout))], [0, true]);
    assert.equal((await post(`${api}/api/auth/users/`, person)).status, 201);
    await crash(); // before its mail was sent
    await boot();
    const { body: { access } } = await post(`${api}/api/auth/token/`, person);
    const { results: [course] } = await get(`${api}/api/courses/courses/`);
    const purchase = { course_id: course.id };
    const { body: opened } = await post(`${api}/api/payments/payments/`, purchase, access);
    await crash(); // with an open page
    await boot();
    const { body: again } = await post(`${api}/api/payments/payments/`, purchase, access);
    assert.equal(again.checkout_session_id, opened.checkout_session_id);
    assert.equal((await pay(again.checkout_url)).status, 303);
    await crash(); // before its confirmation was sent
    await boot();
    assert.equal((await get(`${api}/api/courses/courses/${course.slug}/`, access)).is_enrolled, true);
    // What a killed server had in hand waits until it is given up; here that time passes at once.
    const sql = await connect(`postgres://postgres:postgres@127.0.0.1:${database}/postgres`, { max: 1 });
    await sql`update mails set due_at = now() where state = 'sending'`;
    await sql.end();
    const subjects = await until(async () => {
      const { messages } = await get(`http://localhost:${pages}/mailbox/api/messages?to=${person.email}`);
      const known = new Set(messages.map((mail: { subject: string }) => mail.subject));
      return known.size >= 2 && [...known]; // one that a crash cut off may have come twice
    });
    assert.deepEqual(subjects.sort(), [
      "Verify your e-mail address",
      `You now have access to ${course.title}`,
    ]);
  } finally {
    await crash();
    await Deno.remove(data, { recursive: true });
  }
});

if (engines.includes("postgres")) {
  Deno.test("a server whose port is taken says so; a stopping one finishes requests in flight and waits for no vendor, within ten seconds", async () => {
    await using parts = new AsyncDisposableStack();
    const { url, drop } = await freshDatabase("postgres");
    parts.defer(drop);
    const { sandbox, api, port, ...vendors } = await startVendors(url);
    parts.defer(() => sandbox.stop());
    const environment = {
      ...vendors.environment,
      APP_ENV: "production",
      FRONTEND_URL: "https://shop.example",
      PUBLIC_URL: "https://api.shop.example",
      ALERT_SMS_TO: "+4915100000000",
      ALERT_WEBHOOK_URL: sandbox.environment.ALERT_WEBHOOK_URL!,
    };
    sandbox.faults.set("sms", "silent");
    sandbox.faults.set("alerts", "silent");
    const server = startProcess("main.ts", environment).spawn();
    let stopped: Deno.CommandOutput | undefined;
    parts.defer(async () => {
      if (stopped) return;
      server.kill("SIGKILL");
      await server.output();
    });
    await ready(api);
    const late = await startProcess("main.ts", environment).output();
    assert.equal(late.code, 1);
    assert.match(
      new TextDecoder().decode(late.stdout),
      new RegExp(`Port ${port} is taken. Stop the program that listens there, or set PORT to another port.`),
    );
    // In a process that goes on, nothing stays open: the test's sanitizers would see it.
    await assert.rejects(serve(readConfig(environment), createLog("json", () => {})), /is taken/);
    const sql = await connect(url, { max: 1 });
    const alert = JSON.stringify({ kind: "operator_alert", key: "a", subject: "Stripe is silent", text: "" });
    await sql`
      insert into mails (kind, subject, occasion, notice, is_bulk, lane)
      values ('operator_alert', 'a', 'sms', ${alert}::text::jsonb, false, 10),
        ('operator_alert', 'a', 'webhook', ${alert}::text::jsonb, false, 20)`;
    await sql.end();
    const { asked: requests } = sandbox.faults;
    await until(() => Promise.resolve(requests.sms > 0 && requests.alerts > 0));
    const register = (n: number) =>
      post(`${api}/api/auth/users/`, { email: `p${n}@example.com`, password: "correct-horse" });
    await register(0); // the first loads what judges passwords
    // Few enough that a busy machine, too, finishes them within what requests are given when a process stops.
    const registrations = Array.from({ length: 4 }, (_, n) => register(n + 1));
    await new Promise((resolve) => setTimeout(resolve, 150)); // until each has arrived
    const asked = performance.now();
    server.kill("SIGTERM");
    const statuses = (await Promise.all(registrations)).map(({ status }) => status);
    const { code, stdout } = stopped = await server.output();
    assert.deepEqual(statuses, Array(4).fill(201));
    assert.equal(code, 0);
    assert.ok(performance.now() - asked < 10_000);
    const lines = new TextDecoder().decode(stdout).trim().split("\n").map((line) => JSON.parse(line));
    assert.ok(lines.some(({ message }) => message === "stopping"));
    assert.equal(await answers(`${api}/health`), false);
  });
}
