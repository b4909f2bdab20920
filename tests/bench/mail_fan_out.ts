// `deno task bench:mail [recipients]`: a course update to 10,000 students, with the worker killed three times and the mail
// server failing a tenth of the time; then to a tenth as many with a server that also takes mail without saying so, which
// is repeated: what counts there is that each mailbox has one message. Takes some minutes: failed mails and a killed
// worker's wait their time out.
import { createLog } from "../../adapters/log.ts";
import { connect } from "../../adapters/postgres/connection.ts";
import type { Disruption } from "../../adapters/sandbox/smtp.ts";
import { migrateDatabase } from "../../adapters/composition/migrate_database.ts";
import { fanOut } from "../support/fan_out.ts";
import { startPostgresCluster } from "../support/postgres_cluster.ts";

const recipients = Number(Deno.args[0] ?? 10_000);
const cluster = await startPostgresCluster();
if (!cluster) {
  console.error("Install PostgreSQL first: a worker of its own needs a real server.");
  Deno.exit(1);
}
try {
  const failures: Disruption[] = ["recipient", "message", "hang_up", "dropped"];
  await measure(recipients, failures);
  await measure(Math.ceil(recipients / 10), [...failures, "kept_unanswered"]);
} finally {
  await cluster.stop();
}

async function measure(recipients: number, failures: Disruption[]) {
  console.log(`\n${recipients} recipients; of ten mails, one fails by: ${failures.join(", ")}`);
  const sql = await connect(cluster!.url, { max: 1 });
  await sql`create database ${sql(`fan_out_${recipients}`)}`;
  await sql.end();
  const url = new URL(cluster!.url);
  url.pathname = `fan_out_${recipients}`;
  await migrateDatabase(url.href, createLog("readable", () => {}));
  const killAt = [0.05, 0.4, 0.75];
  const result = await fanOut(url.href, {
    recipients,
    killAt,
    failing: 0.1,
    failures,
    hurries: false,
    report: console.log,
  });
  const { kills, disruptions, unanswered, states, seconds } = result;
  console.log(`${kills} kills, ${disruptions} failures, ${unanswered} of them mails taken without an answer`);
  for (const [messages, people] of result.peopleByMessages) {
    console.log(`${people} mailboxes have ${messages} ${messages === 1 ? "message" : "messages"}`);
  }
  for (const [copies, people] of result.peopleByCopies) {
    console.log(`${people} were handed ${copies} ${copies === 1 ? "copy" : "copies"}`);
  }
  console.log(`In the outbox: ${JSON.stringify(states)}. ${seconds.toFixed(0)} s.`);
}
