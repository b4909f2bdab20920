// `deno task bench:mail [recipients]`: a course update to 10,000 students, with the worker killed three times and the mail
// server failing a tenth of the time. Takes some minutes: failed mails and a killed worker's wait their time out.
import { createLog } from "../../adapters/log.ts";
import { connect } from "../../adapters/postgres/connection.ts";
import { migrateDatabase } from "../../main.ts";
import { fanOut } from "../support/fan_out.ts";
import { startPostgresCluster } from "../support/postgres_cluster.ts";

const recipients = Number(Deno.args[0] ?? 10_000);
const cluster = await startPostgresCluster();
if (!cluster) {
  console.error("Install PostgreSQL first: a worker of its own needs a real server.");
  Deno.exit(1);
}
try {
  const sql = await connect(cluster.url, { max: 1 });
  await sql`create database fan_out`;
  await sql.end();
  const url = new URL(cluster.url);
  url.pathname = "fan_out";
  await migrateDatabase(url.href, createLog("readable", () => {}));
  const result = await fanOut(url.href, {
    recipients,
    killAt: [0.05, 0.4, 0.75],
    failing: 0.1,
    hurries: false,
    report: console.log,
  });
  console.log(
    `\n${recipients} recipients, ${result.kills} kills, ${result.disruptions} failures of the server`,
  );
  for (const [copies, people] of [...result.peopleByCopies].sort(([a], [b]) => a - b)) {
    console.log(`${people} got ${copies} ${copies === 1 ? "copy" : "copies"}`);
  }
  console.log(`${result.differingIds} got copies with different Message-IDs`);
  console.log(`In the outbox: ${JSON.stringify(result.states)}. ${result.seconds.toFixed(0)} s.`);
} finally {
  await cluster.stop();
}
