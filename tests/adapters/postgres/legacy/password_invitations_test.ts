import assert from "node:assert/strict";
import { inviting } from "../../../../adapters/composition/import_commands.ts";
import { postgresTransaction } from "../../../../adapters/postgres/transaction.ts";
import type { Database } from "../../../../adapters/postgres/queries.ts";
import { invitePeople } from "../../../../domain/legacy/invite_people.ts";
import { databaseTest } from "../../../support/test_database.ts";

/** Imports as many people without a password, every third with several accounts. */
async function importPeople(sql: Database, count: number): Promise<void> {
  await sql`
    insert into users (id, email, password_hash, role)
    select 'p' || n, 'p' || n || '@example.com', '', 3 from generate_series(1, ${count}::int) n`;
  await sql`
    insert into password_invitations (user_id, reason)
    select id, case when right(id, -1)::int % 3 = 0 then 'merged' else 'no_password' end from users`;
}

const invitations = async (sql: Database) =>
  (await sql<{ subject: string }[]>`
    select subject from mails where kind = 'choose_password' and is_bulk order by subject`)
    .map(({ subject }) => subject);

databaseTest(
  "everybody without a password is invited once, however often the command is run",
  async ({ sql }) => {
    await importPeople(sql, 1201);
    await sql`update users set deactivated_at = now() where id = 'p1'`;
    await sql`update users set credentials_version = 2 where id = 'p2'`;
    assert.deepEqual(await invitePeople(inviting(sql), { dryRun: true }), { count: 1199, merged: 400 });
    assert.deepEqual(await invitations(sql), [], "a dry run invites nobody");

    const runs = await Promise.all([1, 2, 3].map(() => invitePeople(inviting(sql), { dryRun: false })));
    const total = (of: "count" | "merged") => runs.reduce((sum, run) => sum + run[of], 0);
    assert.deepEqual([total("count"), total("merged")], [1199, 400]);
    const invited = await invitations(sql);
    assert.equal(new Set(invited).size, 1199);
    assert.ok(
      !invited.includes("p1") && !invited.includes("p2"),
      "whoever may not sign in, or has a password, needs none",
    );

    assert.deepEqual(await invitePeople(inviting(sql), { dryRun: false }), { count: 0, merged: 0 });
    await sql`update users set deactivated_at = null where id = 'p1'`;
    assert.deepEqual(await invitePeople(inviting(sql), { dryRun: false }), { count: 1, merged: 0 });
  },
);

databaseTest("after a crash, the command continues where it stopped", async ({ sql }) => {
  await importPeople(sql, 1100);
  const { transaction, passwordInvitations } = inviting(sql);
  let begun = 0;
  const dying: ReturnType<typeof postgresTransaction> = (work) =>
    transaction(async (stores) => {
      const result = await work(stores);
      if (++begun === 2) throw new Error("killed before the commit");
      return result;
    });
  await assert.rejects(
    invitePeople({ transaction: dying, passwordInvitations }, { dryRun: false }),
    /killed/,
  );
  assert.equal((await invitations(sql)).length, 500);
  assert.equal((await invitePeople(inviting(sql), { dryRun: false })).count, 600);
  assert.equal(new Set(await invitations(sql)).size, 1100);
});
