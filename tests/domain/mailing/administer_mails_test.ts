import assert from "node:assert/strict";
import { postgresMailLog } from "../../../adapters/postgres/mailing/mail_log.ts";
import { MAIL_KEPT_SECONDS, purgeMails } from "../../../domain/mailing/administer_mails.ts";
import { addUser, mailing } from "../../support/mailing.ts";
import { databaseTest, oneEngine } from "../../support/test_database.ts";

databaseTest(
  "mails and notices of long ago are forgotten, and those on their way are not",
  async ({ sql }) => {
    const mails = mailing(sql);
    const ada = await addUser(sql);
    await mails.add({ kind: "welcome", userId: ada });
    await mails.deliver();
    await mails.add({ kind: "password_changed", userId: ada });
    const mailLog = postgresMailLog(sql);
    await purgeMails({ mailLog, clock: () => new Date() });
    assert.equal((await mails.states()).length, 2);
    await purgeMails({ mailLog, clock: () => new Date(Date.now() + (MAIL_KEPT_SECONDS + 7200) * 1000) });
    assert.deepEqual((await mails.states()).map(({ state }) => state), ["queued"]);
    assert.equal((await mails.deps.noticeBoard.list(ada, { limit: 1, offset: 0 })).count, 0);
  },
  oneEngine,
);
