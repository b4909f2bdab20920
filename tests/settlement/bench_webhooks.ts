// `deno task bench:webhooks`: how many of Stripe's events three processes on one PostgreSQL take per second.
import { createLog } from "../../adapters/log.ts";
import { migrateDatabase } from "../../adapters/composition/migrate_database.ts";
import { startPostgresCluster } from "../support/postgres_cluster.ts";
import { runBurst } from "./burst.ts";

const cluster = await startPostgresCluster();
if (!cluster) throw new Error("Install PostgreSQL: the burst is for a real server.");
try {
  await migrateDatabase(cluster.url, createLog("readable", () => {}));
  const { took, seconds } = await runBurst(cluster.url, 5000);
  const sorted = took.toSorted((a, b) => a - b);
  const at = (share: number) => `${sorted[Math.floor(sorted.length * share)]!.toFixed(0)} ms`;
  console.log(
    `${took.length} deliveries of 5000 events in ${seconds.toFixed(1)} s: ` +
      `${(took.length / seconds).toFixed(0)} per second, p50 ${at(0.5)}, p99 ${at(0.99)}`,
  );
} finally {
  await cluster.stop();
}
