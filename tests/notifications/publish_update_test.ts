import assert from "node:assert/strict";
import { postgresTransaction } from "../../adapters/postgres/transaction.ts";
import { mailUpdate } from "../../domain/notifications/updates/publish_update.ts";
import { addUpdate } from "../support/mail_facts.ts";
import { mailing } from "../support/mailing.ts";
import { databaseTest } from "../support/test_database.ts";

databaseTest(
  "an interrupted fan-out continues where it stopped, and mails nobody twice",
  async ({ sql }) => {
    const mails = mailing(sql);
    await addUpdate(sql, 25, () => Promise.resolve());
    await sql`update grants set revoked_at = now() where student_id = 'student-7'`;
    await sql`
    insert into grants (student_id, course_id, source)
    select student_id, course_id, source from grants where student_id = 'student-8'`;
    const [update] = await sql<{ id: string }[]>`select id from course_updates`;
    const transaction = postgresTransaction(sql, () => Promise.resolve());
    let batches = 0;
    const breaking: typeof transaction = (work) =>
      transaction(async (stores) => {
        const result = await work(stores);
        if (++batches === 3) throw new Error("the process dies");
        return result;
      });
    const updateId = update!.id;
    await assert.rejects(mailUpdate({ transaction: breaking }, { updateId }, 5), /dies/);
    assert.equal((await mails.states()).length, 10);
    await Promise.all([1, 2].map(() => mailUpdate({ transaction }, { updateId }, 5)));
    await mailUpdate({ transaction }, { updateId }, 5);
    await mails.deliver();
    const recipients = mails.sent.map(({ to }) => to);
    assert.equal(recipients.length, 24);
    assert.equal(new Set(recipients).size, 24);
    assert.ok(!recipients.includes("s7@example.com"));
    await mailUpdate({ transaction }, { updateId: "none" });
  },
);
