import { fileURLToPath } from "node:url";
import { DatabaseSync } from "node:sqlite";
import { createLog } from "../../adapters/log.ts";
import { connect } from "../../adapters/postgres/connection.ts";
import type { Database } from "../../adapters/postgres/queries.ts";
import { type Disruption, smtpSandbox } from "../../adapters/sandbox/smtp.ts";
import { readConfig } from "../../adapters/config/read_config.ts";
import { joseTokens } from "../../adapters/jose/tokens.ts";
import { ROLE } from "../../domain/accounts/ports.ts";
import { serve } from "../../main.ts";
import { addCourse } from "./shop.ts";
import { TOKEN_SECRET } from "./environment.ts";
import { startVendors } from "./vendors.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

type Options = {
  recipients: number;
  /** Shares of the recipients; when so many have their mail, the worker is killed and another one started. */
  killAt: number[];
  /** Share of the mails that the mail server fails at a try, and how, by turns. */
  failing: number;
  failures: Disruption[];
  /** Lets the waits after failures and crashes pass at once, instead of waiting. */
  hurries: boolean;
  report?: (line: string) => void;
};

export type FanOut = {
  /** How many people were handed how many copies, by copies. */
  peopleByCopies: Map<number, number>;
  /**
   * How many people have how many messages in their mailbox, by messages: copies of the same Message-ID and date are one,
   * as in Exchange's.
   */
  peopleByMessages: Map<number, number>;
  /** Mails that the server took without saying so. */
  unanswered: number;
  disruptions: number;
  kills: number;
  states: Record<string, number>;
  seconds: number;
};

/**
 * A tutor writes to so many students over HTTP; a worker, a process of its own, mails them while it is killed and the mail
 * server fails. `databaseUrl` is a migrated, empty database.
 */
export async function fanOut(databaseUrl: string, options: Options): Promise<FanOut> {
  const { recipients, killAt, failing, failures, hurries, report = () => {} } = options;
  const copies = new Map<string, string[]>();
  let disruptions = 0;
  let unanswered = 0;
  const smtp = await smtpSandbox({
    state: new DatabaseSync(":memory:"),
    port: 0,
    user: "shop@11tutors.test",
    password: "password",
    receive(raw, [to = ""]) {
      const header = new TextDecoder().decode(raw).split("\r\n\r\n", 1)[0]!;
      const identity = header.match(/^(Message-ID|Date): .*$/gim)?.sort().join(" ") ?? "";
      copies.set(to, [...(copies.get(to) ?? []), identity]);
    },
    disrupt() {
      if (Math.random() >= failing) return null;
      const failure = failures[disruptions++ % failures.length]!;
      if (failure === "kept_unanswered") unanswered++;
      return failure;
    },
  });
  const { sandbox, ...vendors } = await startVendors(databaseUrl);
  const environment = {
    ...vendors.environment,
    EMAIL_PORT: String(smtp.port),
    EMAIL_HOST_PASSWORD: "password",
    EMAIL_CA_CERTIFICATE: smtp.caCertificate,
    EMAIL_BULK_PER_MINUTE: "none",
  };
  const server = await serve(readConfig(environment), createLog("json", () => {}), { worksJobs: false });
  const sql = await connect(databaseUrl, { max: 2 });
  let worker = startWorker(environment);
  const began = performance.now();
  let kills = 0;
  try {
    await publish(sql, server.url, recipients);
    for (let last = -1;;) {
      await new Promise((resolve) => setTimeout(resolve, 100));
      if (kills < killAt.length && copies.size >= killAt[kills]! * recipients) {
        worker.kill("SIGKILL");
        await worker.status;
        kills++;
        report(`killed the worker when ${copies.size} had their mail`);
        worker = startWorker(environment);
      }
      if (hurries) await letTimePass(sql);
      const left = await underWay(sql);
      if (Math.floor(copies.size / recipients * 10) !== last) {
        last = Math.floor(copies.size / recipients * 10);
        report(`${((performance.now() - began) / 1000).toFixed(0)} s: ${copies.size} of ${recipients}`);
      }
      if (left === 0 && kills === killAt.length) break;
    }
  } finally {
    worker.kill("SIGKILL");
    await worker.status;
    await server.stop();
  }
  const seconds = (performance.now() - began) / 1000;
  const states = await sql<{ state: string; count: number }[]>`
    select state, count(*)::int as count from mails where kind = 'course_update' group by state`;
  await sql.end();
  await sandbox.stop();
  await smtp.stop();
  const people = [...copies.values(), ...Array<string[]>(recipients - copies.size).fill([])];
  return {
    peopleByCopies: tally(people.map((received) => received.length)),
    peopleByMessages: tally(people.map((received) => new Set(received).size)),
    disruptions,
    unanswered,
    kills,
    states: Object.fromEntries(states.map(({ state, count }) => [state, count])),
    seconds,
  };
}

/** How often each number occurs, in order of the numbers. */
function tally(numbers: number[]): Map<number, number> {
  const counts = new Map<number, number>();
  for (const number of numbers.sort((a, b) => a - b)) counts.set(number, (counts.get(number) ?? 0) + 1);
  return counts;
}

async function publish(sql: Database, api: string, recipients: number): Promise<void> {
  const course = await addCourse(sql);
  const [tutor] = await sql<{ id: string; signInId: string }[]>`
    with tutor as (
      insert into users (email, password_hash, role) values ('tutor@example.com', 'x', ${ROLE.tutor}) returning id
    ), teaches as (
      insert into course_tutors (course_id, user_id) select ${course.id}, id from tutor
    )
    insert into sessions (user_id, expires_at) select id, now() + interval '1 day' from tutor
    returning user_id as id, id as "signInId"`;
  await sql`
    with students as (
      insert into users (email, password_hash, role, email_verified_at)
      select 'student-' || n || '@example.com', 'x', ${ROLE.student}, now()
      from generate_series(1, ${recipients}::int) n
      returning id
    )
    insert into grants (student_id, course_id, source) select id, ${course.id}, 'import' from students`;
  const token = await joseTokens([TOKEN_SECRET]).issueAccess({ ...tutor!, role: ROLE.tutor });
  const response = await fetch(`${api}/api/courses/courses/${course.slug}/updates/`, {
    method: "POST",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    body: JSON.stringify({ title: "New lesson", text: "There is a new lesson." }),
  });
  if (response.status !== 201) {
    throw new Error(`Publishing was answered ${response.status}: ${await response.text()}`);
  }
  await response.body?.cancel();
}

function startWorker(environment: Record<string, string>): Deno.ChildProcess {
  const inherited = ["PATH", "HOME", "DENO_DIR"].flatMap((name) => {
    const value = Deno.env.get(name);
    return value ? [[name, value]] : [];
  });
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "main.ts", "worker"],
    cwd: ROOT,
    clearEnv: true,
    env: { ...Object.fromEntries(inherited), ...environment },
    stdout: "null",
    stderr: "inherit",
  }).spawn();
}

/** Mails that are not sent, and the fan-out itself until it is done. */
async function underWay(sql: Database): Promise<number> {
  const [row] = await sql<{ count: number }[]>`
    select (select count(*) from mails where state in ('queued', 'sending'))::int
      + (select count(*) from course_updates where mailed_at is null)::int as count`;
  return row!.count;
}

/** Has the waits pass: after a failure, and for what a killed worker had in hand. */
async function letTimePass(sql: Database): Promise<void> {
  await sql`
    update mails set due_at = now()
    where (state = 'queued' and due_at > now()) or (state = 'sending' and updated_at < now() - interval '10 seconds')`;
  await sql`
    update pgboss.job set state = 'retry', start_after = now()
    where name = 'jobs' and state = 'active' and started_on < now() - interval '10 seconds'`;
}
