import { readConfig } from "../../adapters/config/read_config.ts";
import { createLog, type Log } from "../../adapters/log.ts";
import { connect } from "../../adapters/postgres/connection.ts";
import type { Database } from "../../adapters/postgres/queries.ts";
import type { Sandbox } from "../../adapters/sandbox/sandbox.tsx";
import { serve } from "../../main.ts";
import { checkedFetch } from "./contract_check.ts";
import { PASSWORD, passwords } from "./passwords.ts";
import { ServerTrace } from "./server_trace.ts";
import { type DatabaseOptions, emptyDatabase, engines, oneEngine, tidiness } from "./test_database.ts";
import { startVendors } from "./vendors.ts";

export { pay } from "./checkout.ts";
export { PASSWORD } from "./passwords.ts";

/** A whole shop over HTTP, against the sandbox; every answer of its API is held against the contract. */
export type TestShop = {
  api: string;
  sandbox: Sandbox;
  /** The variables that the shop was started with, for commands that are run beside it. */
  environment: Record<string, string>;
  sql: Database;
  fetch: typeof globalThis.fetch;
  /** Sends JSON, when there is some, and reads JSON. */
  call(method: string, path: string, options?: { token?: string; body?: unknown }): Promise<Answer>;
  drainJobs(): Promise<number>;
  /** Everything that the log was told, as JSON lines. */
  logged: string[];
  /** Every statement that the API sent to its database, but for those of the job queue. */
  statements: string[];
};
// deno-lint-ignore no-explicit-any -- tests read any answer's fields
export type Answer = { status: number; body: any; headers: Headers };

type Variables = Record<string, string>;
type Options = DatabaseOptions & {
  environment?: Variables | ((sandbox: Sandbox) => Variables);
  /** Sends alerts by SMS and to the chat too, as the sandbox's variables say. */
  alertsEverywhere?: true;
  debitDelayMs?: number;
  /** From a video's upload until it is ready. */
  processingMs?: number;
  /** Before Stripe tells again what was not taken. */
  retryDelaysMs?: number[];
  /** What the shop reaches its database through, such as a pooler. */
  through?(databaseUrl: string): Promise<{ url: string; stop(): Promise<void> }>;
  /** Works jobs and sends mails as they come, instead of when `drainJobs` is called. */
  worksJobs?: boolean;
};

/**
 * Declares a test of a whole shop, on one engine unless it asks for both, with an empty database and a sandbox of its
 * own.
 */
export function shopTest(
  name: string,
  run: (shop: TestShop, t: Deno.TestContext) => Promise<void>,
  options: Options = {},
): void {
  for (const engine of engines.filter((available) => (options.on ?? oneEngine).includes(available))) {
    Deno.test(`${name} (${engine})`, tidiness(options.isUntidy), async (t) => {
      await using parts = new AsyncDisposableStack();
      const database = await emptyDatabase(engine, options);
      parts.defer(() => database.release());
      const logged: string[] = [];
      const log: Log = createLog("json", (line) => void logged.push(line));
      const way = await options.through?.(database.url);
      if (way) parts.defer(() => way.stop());
      const vendors = await startVendors(way?.url ?? database.url, {
        debitDelayMs: options.debitDelayMs ?? 50,
        processingMs: options.processingMs ?? 50,
        retryDelaysMs: options.retryDelaysMs ?? [100, 200, 400, 800, 1600],
      });
      const { sandbox, api } = vendors;
      parts.defer(() => sandbox.stop());
      const own = options.environment;
      const environment = {
        ...vendors.environment,
        ...(options.alertsEverywhere ? alertVariables(sandbox) : {}),
        ...(typeof own === "function" ? own(sandbox) : own),
      };
      const config = readConfig(environment);
      const statements: string[] = [];
      const server = await serve(config, log, {
        worksJobs: options.worksJobs ?? false,
        hostname: "127.0.0.1",
        onStatement: (text) => void (text.includes("pgboss") || statements.push(text)),
        passwords,
      });
      parts.defer(() => server.stop());
      const sql = await connect(database.url, { max: 1 });
      parts.defer(() => sql.end({ timeout: 1 }));
      const trace = new ServerTrace(logged);
      const fetch = checkedFetch(api, globalThis.fetch, trace);
      await trace.explainFailureOf(() =>
        run({
          api,
          sandbox,
          environment,
          sql,
          fetch,
          logged,
          statements,
          drainJobs: () => server.drainJobs(),
          async call(method, path, { token, body } = {}) {
            const response = await fetch(`${api}${path}`, {
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
            };
          },
        }, t)
      );
    });
  }
}

const alertVariables = ({ environment }: Sandbox): Record<string, string> =>
  Object.fromEntries(Object.entries(environment).filter(([name]) => name.startsWith("ALERT_")));

/** Registers a student and signs in. */
export async function signUp(
  shop: Pick<TestShop, "call">,
  email = "ada@example.com",
): Promise<{ id: string; token: string; refresh: string }> {
  const password = PASSWORD;
  const registered = await shop.call("POST", "/api/auth/users/", {
    body: { first_name: "Ada", last_name: "Lovelace", email, password },
  });
  const { body } = await shop.call("POST", "/api/auth/token/", { body: { email, password } });
  return { id: registered.body.id, token: body.access, refresh: body.refresh };
}

/** Puts a course on sale, with a free preview and a lesson for those who bought it. */
export async function addCourse(
  sql: Database,
  course: { title?: string; priceCents?: number; isPublished?: boolean } = {},
): Promise<{ id: string; slug: string; preview: string; lesson: string }> {
  const { title = "Linear Algebra", priceCents = 4900, isPublished = true } = course;
  const slug = title.toLowerCase().replace(/\W+/g, "-");
  const [row] = await sql<{ id: string }[]>`
    with course as (
      insert into courses (slug, title, description, price_amount, is_published)
      values (${slug}, ${title}, 'About it.', ${priceCents}, ${isPublished}) returning id
    ), part as (
      insert into course_parts (course_id, slug, title, position)
      select id, ${slug + "-part"}, 'Part', 0 from course returning id
    ), lesson as (
      insert into lessons (part_id, slug, title, position, duration_seconds, is_free_preview, video_id)
      select part.id, l.slug, l.title, l.position, 1874, l.preview, 'sample-video'
      from part, (values
        (${slug + "-welcome"}, 'Welcome', 0, true), (${slug + "-vectors"}, 'Vectors', 1, false)
      ) as l(slug, title, position, preview)
    )
    select id from course`;
  return { id: row!.id, slug, preview: `${slug}-welcome`, lesson: `${slug}-vectors` };
}

/** Waits until a condition holds, at most twenty seconds. */
export async function until<Found>(find: () => Promise<Found | null | undefined | false>): Promise<Found> {
  for (let tries = 0; tries < 800; tries++) {
    const found = await find();
    if (found) return found;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error("It did not come about within twenty seconds.");
}
