import assert from "node:assert/strict";
import type { PlaybackAttempt } from "../../../../domain/playback/ports.ts";
import { postgresPlaybackLog } from "../../../../adapters/postgres/playback/playback_log.ts";
import { databaseTest } from "../../../support/test_database.ts";

const attempt: PlaybackAttempt = {
  lessonId: crypto.randomUUID(),
  courseId: crypto.randomUUID(),
  videoId: null,
  viewerId: "ada",
  playbackSessionId: null,
  ipAddress: "192.0.2.1",
  userAgent: 'Firefox "1.0", {x}',
  outcome: "no_video",
};
const all = { limit: 10, offset: 0 };

databaseTest("the access log lists batched entries next to those written at once", async ({ sql }) => {
  const log = postgresPlaybackLog(sql, assert.ifError);
  await log.record({ ...attempt, videoId: "video-1", outcome: "ticket_issued" });
  log.note(attempt);
  log.note({ ...attempt, viewerId: null, outcome: "refused" });
  const { count, entries } = await log.list({}, all);
  assert.equal(count, 3);
  assert.deepEqual(entries.map(({ outcome, viewerId }) => [outcome, viewerId]).sort(), [
    ["no_video", "ada"],
    ["refused", null],
    ["ticket_issued", "ada"],
  ]);
  assert.equal(entries[0]!.userAgent, attempt.userAgent);
});

databaseTest(
  "the access log keeps entries that cannot be written, and writes them before the process stops",
  async ({ sql }) => {
    const failures: unknown[] = [];
    const log = postgresPlaybackLog(sql, (error) => failures.push(error));
    log.note(attempt);
    await sql`alter table playback_log rename to away`;
    await log.close(5000);
    assert.equal(failures.length, 1);
    await sql`alter table away rename to playback_log`;
    log.note(attempt);
    await log.close(5000);
    assert.equal(failures.length, 1);
    const [row] = await sql<{ count: number }[]>`select count(*)::int as count from playback_log`;
    assert.equal(row!.count, 2);
  },
);
