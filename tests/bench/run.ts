// `deno task bench`: the API beside a bare server on one PostgreSQL, and the API on a small shop beside a large one.
import { parseArgs } from "node:util";
import universities from "../../adapters/postgres/universities.json" with { type: "json" };
import { seedMany } from "../../adapters/sandbox/sample/many.ts";
import { joseTokens } from "../../adapters/jose/tokens.ts";
import { createLog } from "../../adapters/log.ts";
import { connect } from "../../adapters/postgres/connection.ts";
import { migrateDatabase } from "../../main.ts";
import { freePort, startPostgresCluster } from "../support/postgres_cluster.ts";
import { sequentialScans } from "./query_plans.ts";

/** Requests at a time; as many of them are under way in either server. */
const CONNECTIONS = 10;
const SMALL = { courses: 300, enrollments: 3000 };
const SECRET = "a secret of the benchmark that is long enough";
const ROOT = new URL("../../", import.meta.url).pathname;

/** What is asked for; the search is for words that few courses have together. */
const PATHS: Record<string, (shop: Shop) => string> = {
  list: () => "/api/courses/courses/",
  "list of 12": () => "/api/courses/courses/?page_size=12",
  detail: ({ course }) => `/api/courses/courses/${course}/`,
  search: () => `/api/courses/courses/?page_size=12&search=${encodeURIComponent("derivadas física")}`,
  universities: () => "/api/core/universities/",
  lesson: ({ lesson }) => `/api/courses/lessons/${lesson}/`,
  enrollments: () => "/api/courses/enrollments/",
};

const { values } = parseArgs({
  options: {
    courses: { type: "string", default: "100000" },
    enrollments: { type: "string", default: "1000000" },
    seconds: { type: "string", default: "3" },
    rounds: { type: "string", default: "3" },
  },
});
const seconds = Number(values.seconds);
const rounds = Number(values.rounds);

type Load = { perSecond: number; p50: number; p99: number; failed: number };
type Shop = { name: string; url: string; studentId: string; token: string; course: string; lesson: string };

const given = Deno.env.get("BENCH_DATABASE_URL");
const cluster = given ? null : await startPostgresCluster();
const server = given ?? cluster?.url;
if (!server) throw new Error("Install PostgreSQL, or name a server in BENCH_DATABASE_URL.");
const running: Deno.ChildProcess[] = [];
try {
  const small = await prepareShop(server, SMALL);
  const large = await prepareShop(server, {
    courses: Number(values.courses),
    enrollments: Number(values.enrollments),
  });
  const scans = await sequentialScans(large.url);
  console.log(scans.length === 0 ? "No read of the catalogue scans a large table." : scans.join("\n"));

  const [apiSmall, apiLarge, bare] = await Promise.all([
    startApi(small.url),
    startApi(large.url),
    startBare(large),
  ]);
  console.log(`\n${"".padEnd(14)}${"API".padStart(27)}${"bare server".padStart(27)}`);
  const row = (name: string, cells: string[]) =>
    name.padEnd(14) + cells.map((cell) => cell.padStart(9)).join("");
  console.log(row("", ["req/s", "p50 ms", "p99 ms", "req/s", "p50 ms", "p99 ms", "ratio", "p50 small"]));
  for (const [name, pathOf] of Object.entries(PATHS)) {
    const targets = [
      [apiLarge, large],
      [bare, large],
      [apiSmall, small],
    ] as const;
    const loads: Load[][] = [[], [], []];
    for (const [origin, shop] of targets) await load(origin + pathOf(shop), shop.token, 1);
    for (let round = 0; round < rounds; round++) {
      for (const [index, [origin, shop]] of targets.entries()) {
        loads[index]!.push(await load(origin + pathOf(shop), shop.token, seconds));
      }
    }
    const [ours, theirs, few] = loads.map(middle);
    const cells = [ours!, theirs!].flatMap((
      { perSecond, p50, p99 },
    ) => [perSecond.toFixed(0), p50.toFixed(1), p99.toFixed(1)]);
    console.log(row(name, [
      ...cells,
      (ours!.perSecond / theirs!.perSecond).toFixed(2),
      `${few!.p50.toFixed(1)} ×${(ours!.p50 / few!.p50).toFixed(2)}`,
    ]));
    const failed = loads.flat().reduce((sum, load) => sum + load.failed, 0);
    if (failed > 0) throw new Error(`${name}: ${failed} requests failed.`);
  }
} finally {
  for (const process of running) process.kill("SIGTERM");
  await Promise.all(running.map((process) => process.status));
  await cluster?.stop();
}
Deno.exit(0);

/** A database of its own with that many courses and enrollments, and who and what is asked for in it. */
async function prepareShop(server: string, size: typeof SMALL): Promise<Shop> {
  const name = `bench_${size.courses}`;
  const administration = await connect(server, { max: 1 });
  await administration.unsafe(`drop database if exists ${name} with (force)`);
  await administration.unsafe(`create database ${name}`);
  await administration.end();
  const url = new URL(server);
  url.pathname = name;
  await migrateDatabase(url.href, createLog("readable", () => {}));
  const sql = await connect(url.href, { max: 1 });
  const began = performance.now();
  await sql`insert into universities ${
    sql(
      universities.map((university) => ({
        ...university,
        location: `${university.city}, ${university.country}`,
      })),
    )
  }`;
  const added = await seedMany(sql, { ...size, passwordHash: "-" }, (line) => {
    if (Deno.stdout.isTerminal()) Deno.stdout.writeSync(new TextEncoder().encode(`\r${line.padEnd(60)}`));
  });
  const took = ((performance.now() - began) / 1000).toFixed(0);
  console.log(
    `\rSeeded ${added.courses} courses and ${added.enrollments} enrollments in ${took} s.`.padEnd(60),
  );
  // A lesson without a video, for the video service is no part of this.
  const [row] = await sql<{ student: string; course: string; lesson: string; session: string }[]>`
    with lesson as (
      update lessons set video_id = null where id = (
        select l.id from enrollments e join course_parts p on p.course_id = e.course_id join lessons l on l.part_id = p.id
        where not l.is_free_preview order by e.student_id, p.position, l.position limit 1
      ) returning slug, part_id
    )
    select e.student_id as student, c.slug as course, lesson.slug as lesson, gen_random_uuid() as session
    from lesson join course_parts p on p.id = lesson.part_id join courses c on c.id = p.course_id
    join enrollments e on e.course_id = c.id order by e.student_id limit 1`;
  const { student: studentId, course, lesson } = row!;
  const [session] = await sql<{ id: string }[]>`
    insert into sessions (user_id, expires_at) values (${studentId}, now() + interval '1 day') returning id`;
  await sql`vacuum analyze`;
  await sql.end();
  const token = await joseTokens([SECRET]).issueAccess({ id: studentId, role: 3, sessionId: session!.id });
  return { name, url: url.href, studentId, token, course, lesson };
}

async function startApi(databaseUrl: string): Promise<string> {
  const port = freePort();
  const nowhere = "http://127.0.0.1:9";
  return await start(["run", "--no-prompt", "-P=server", "main.ts"], port, "/ready", {
    APP_ENV: "test",
    PORT: String(port),
    DATABASE_URL: databaseUrl,
    DATABASE_PREPARED_STATEMENTS: "true",
    JWT_SECRET: SECRET,
    FRONTEND_URL: "http://localhost:3000",
    STRIPE_SECRET_KEY: "sk_test_bench",
    STRIPE_PUBLIC_KEY: "pk_test_bench",
    STRIPE_WEBHOOK_SECRET: "whsec_bench",
    STRIPE_API_URL: nowhere,
    VIDEO_SERVICE_SECRET_KEY: "bench",
    VIDEO_SERVICE_URL: nowhere,
    R2_ACCESS_KEY_ID: "bench",
    R2_SECRET_ACCESS_KEY: "bench",
    R2_BUCKET_NAME: "bench",
    R2_ENDPOINT_URL: nowhere,
    EMAIL_HOST_USER: "bench@example.com",
    EMAIL_HOST_PASSWORD: "bench",
  });
}

async function startBare({ url, studentId }: Shop): Promise<string> {
  const port = freePort();
  return await start(
    ["run", "-A", "tests/bench/bare_server.ts", String(port), url, studentId],
    port,
    "/api/core/universities/",
    {},
  );
}

/** Starts a server of its own process and waits until it answers, at most 20 seconds. */
async function start(
  args: string[],
  port: number,
  path: string,
  env: Record<string, string>,
): Promise<string> {
  running.push(
    new Deno.Command(Deno.execPath(), { args, env, cwd: ROOT, stdout: "null", stderr: "inherit" }).spawn(),
  );
  const origin = `http://127.0.0.1:${port}`;
  for (let tries = 0; tries < 200; tries++) {
    const status = await fetch(origin + path).then(async (response) => {
      await response.body?.cancel();
      return response.status;
    }, () => 0);
    if (status === 200) return origin;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`${args.join(" ")} does not answer.`);
}

type Cannon = (
  options: { url: string; connections: number; duration: number; headers: Record<string, string> },
) => Promise<{
  requests: { average: number };
  latency: { p50: number; p99: number };
  errors: number;
  non2xx: number;
}>;

/** Loads an address for some seconds; what only a caller may see is asked for with a token. */
async function load(url: string, token: string, duration: number): Promise<Load> {
  const cannon: Cannon = (await import("autocannon")).default;
  const isPrivate = /enrollments|lessons/.test(url);
  const headers: Record<string, string> = isPrivate ? { authorization: `Bearer ${token}` } : {};
  const { requests, latency, errors, non2xx } = await cannon({
    url,
    connections: CONNECTIONS,
    duration,
    headers,
  });
  return { perSecond: requests.average, p50: latency.p50, p99: latency.p99, failed: errors + non2xx };
}

/** The round with the middle throughput. */
function middle(loads: Load[]): Load {
  return [...loads].sort((a, b) => a.perSecond - b.perSecond)[Math.floor(loads.length / 2)]!;
}
