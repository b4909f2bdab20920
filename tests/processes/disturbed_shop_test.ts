// A whole shop, with its jobs and mails, while the database or a pooler in front of it ends its connections.
// DISTURBED_PURCHASES makes them more than have to be here.
import assert from "node:assert/strict";
import { connect } from "../../adapters/postgres/connection.ts";
import { migrate } from "../../adapters/postgres/migrate.ts";
import { type Daemon, hasPgbouncer, startPgbouncer } from "../support/daemons.ts";
import { addCourse, PASSWORD, pay, shopTest, type TestShop, until } from "../support/shop.ts";
import { engines, prepared } from "../support/test_database.ts";

const PURCHASES = Number(Deno.env.get("DISTURBED_PURCHASES") ?? 5);
/** Stripe tells for days what was not taken. */
const retryDelaysMs = Array.from({ length: 60 }, () => 500);
const on = engines.filter((engine) => engine === "postgres");

const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/**
 * That many students register, sign in, buy and pay, a few at a time and each step until it goes through, while others read
 * and `disturb` is called now and then. Returns how the reads were answered.
 */
async function buyMeanwhile(shop: TestShop, disturb: () => Promise<void>): Promise<Record<string, number>> {
  const statuses: Record<string, number> = {};
  const uncaught: unknown[] = [];
  const note = (event: Event) => {
    event.preventDefault();
    uncaught.push((event as ErrorEvent).error ?? (event as PromiseRejectionEvent).reason);
  };
  addEventListener("error", note);
  addEventListener("unhandledrejection", note);
  const course = await addCourse(shop.sql);
  let isOver = false;

  /** What an answer is, or that there was none; nothing may take longer than the pool's own deadlines together. */
  async function ask(method: string, path: string, options: { token?: string; body?: unknown } = {}) {
    const response = await fetch(`${shop.api}${path}`, {
      method,
      headers: {
        "content-type": "application/json",
        ...(options.token ? { authorization: `Bearer ${options.token}` } : {}),
      },
      body: options.body === undefined ? undefined : JSON.stringify(options.body),
      signal: AbortSignal.timeout(60_000),
    });
    const text = await response.text();
    if (response.status >= 500) {
      assert.equal(response.status, 503, `${path}: ${text}`);
      assert.ok(Number(response.headers.get("retry-after")) > 0);
    }
    return { status: response.status, body: JSON.parse(text) };
  }
  let steps = 0;
  const persist = (method: string, path: string, options: { token?: string; body?: unknown }) =>
    until(async () => {
      const answer = await ask(method, path, options);
      if (answer.status >= 500) return false;
      steps++;
      return answer;
    });

  async function read(path: () => string) {
    while (!isOver) {
      const { status } = await ask("GET", path());
      statuses[status] = (statuses[status] ?? 0) + 1;
      await sleep(10);
    }
  }
  const readers = [
    ...Array.from({ length: 2 }, () => read(() => "/ready")),
    ...Array.from(
      { length: 4 },
      () => read(() => `/api/courses/courses/?page_size=5&search=${Math.random().toString(36).slice(2, 5)}`),
    ),
  ];
  // At random moments, however slow the machine is: after some steps, and then a little later.
  const disturbing = (async () => {
    while (!isOver) {
      const enough = steps + 1 + Math.random() * 4;
      while (steps < enough && !isOver) await sleep(10);
      await sleep(Math.random() * 100);
      await disturb();
    }
  })();

  const emails = Array.from({ length: PURCHASES }, (_, n) => `student-${n}@example.com`);
  const waiting = [...emails];
  const buyers = Array.from({ length: 4 }, async () => {
    for (let email = waiting.pop(); email !== undefined; email = waiting.pop()) {
      const person = { email, password: PASSWORD };
      await persist("POST", "/api/auth/users/", { body: { ...person, first_name: "Ada", last_name: "L" } });
      const signedIn = await persist("POST", "/api/auth/token/", { body: person });
      const token = signedIn.body.access;
      const bought = await persist("POST", "/api/payments/payments/", {
        token,
        body: { course_id: course.id },
      });
      assert.equal(bought.status, 200, JSON.stringify(bought.body));
      assert.equal((await pay(bought.body.checkout_url)).status, 303);
    }
  });
  await Promise.all(buyers).finally(() => isOver = true);
  await Promise.all([...readers, disturbing]);

  // Back by itself, once more also for those who stand beside it; what Stripe tells again, and jobs, have had their time.
  await until(async () => {
    const rows = await shop.sql`select from orders where state = 'paid'`;
    return rows.length === PURCHASES;
  });
  const rows = await shop.sql<{ email: string; orders: number; grants: number }[]>`
    select u.email, (select count(*)::int from orders o where o.student_id = u.id) as orders,
      (select count(*)::int from grants g where g.student_id = u.id) as grants
    from users u where u.email like 'student-%' order by u.email`;
  assert.deepEqual(
    [...rows],
    emails.toSorted().map((email) => ({ email, orders: 1, grants: 1 })),
    "each bought once",
  );
  // A mail whose claim went down with a connection is taken up again when the claim ends, minutes later: sooner here.
  await sleep(2000);
  await shop.sql`update mails set due_at = statement_timestamp() where state in ('queued', 'sending')`;
  await until(async () => {
    const { messages } = await (await fetch(`${shop.sandbox.origin}/mailbox/api/messages`)).json();
    const told = new Set<string>(
      messages.flatMap((mail: { subject: string; to: string[] | string }) =>
        /access to/.test(mail.subject) ? String(mail.to) : []
      ),
    );
    return told.size === PURCHASES;
  });
  removeEventListener("error", note);
  removeEventListener("unhandledrejection", note);
  assert.deepEqual(uncaught, []);
  if (Deno.env.has("DISTURBED_PURCHASES")) console.log(JSON.stringify({ PURCHASES, reads: statuses }));
  return statuses;
}

let pooler: Daemon;
if (hasPgbouncer) {
  shopTest(
    "behind a transaction pooler that restarts, on a database with other defaults, every purchase is paid once and no request hangs",
    async (shop) => {
      const statuses = await buyMeanwhile(shop, async () => {
        await pooler.kill();
        await sleep(Math.random() * 100);
        await pooler.start();
      });
      assert.ok(statuses[200]! > 0);
    },
    {
      on,
      isFresh: true,
      worksJobs: true,
      retryDelaysMs,
      async through(url) {
        const sql = await connect(url, { max: 1 });
        const [row] = await sql<{ name: string }[]>`select current_database() as name`;
        for (
          const setting of [
            "DateStyle = 'German'",
            "TimeZone = 'America/St_Johns'",
            "IntervalStyle = 'sql_standard'",
            "default_transaction_isolation = 'serializable'",
            "extra_float_digits = -15",
            "standard_conforming_strings = off",
            "bytea_output = 'escape'",
          ]
        ) await sql.unsafe(`alter database ${row!.name} set ${setting}`);
        await migrate(sql); // as before each release
        await sql.end();
        return pooler = await startPgbouncer(url, 5);
      },
    },
  );
}

shopTest(
  "while the database cuts connections, every purchase is paid once and no request hangs",
  async (shop) => {
    // From another database, so as to be spared.
    const databaseUrl = shop.environment.DATABASE_URL!;
    const administrator = await connect(await prepared("postgres"), { max: 1 });
    const statuses = await buyMeanwhile(shop, async () => {
      await administrator`
        select pg_terminate_backend(pid) from pg_stat_activity
        where datname = ${new URL(databaseUrl).pathname.slice(1)} and backend_type = 'client backend'`;
    });
    await administrator.end();
    assert.ok(statuses[200]! > 0);
  },
  { on, isFresh: true, worksJobs: true, retryDelaysMs },
);
