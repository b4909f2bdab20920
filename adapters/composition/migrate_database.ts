import type { Log } from "../log.ts";
import { migrateJobs } from "../pgboss/jobs.ts";
import { connect } from "../postgres/connection.ts";
import { migrate } from "../postgres/migrate.ts";

/** Brings the database's schema, and the job queue's, up to date. Returns the names of the migrations applied. */
export async function migrateDatabase(databaseUrl: string, log: Log): Promise<string[]> {
  const sql = await connect(databaseUrl, {
    max: 2,
    deadlines: { answer: Infinity },
    log: (line) => log.warn(line),
  });
  try {
    const applied = await migrate(sql);
    await migrateJobs(sql);
    return applied;
  } finally {
    await sql.end({ timeout: 1 });
  }
}
