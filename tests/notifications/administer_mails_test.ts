import assert from "node:assert/strict";
import { postgresMailEventTokens } from "../../adapters/postgres/notifications/event_tokens.ts";
import { postgresMailLog } from "../../adapters/postgres/notifications/mail_log.ts";
import { MAIL_KEPT_SECONDS, purgeMails } from "../../domain/notifications/mails/administer_mails.ts";
import { addUser, mailing } from "../support/mailing.ts";
import { databaseTest } from "../support/test_database.ts";

databaseTest(
  "old mails, notices and signatures are deleted, but not queued mails",
  async ({ sql }) => {
    const mails = mailing(sql);
    const ada = await addUser(sql);
    await mails.add({ kind: "welcome", userId: ada });
    await mails.deliver();
    await mails.add({ kind: "password_changed", userId: ada });
    const stores = { mailLog: postgresMailLog(sql), mailEventTokens: postgresMailEventTokens(sql) };
    const signed = { token: "t", said: "a" };
    assert.equal(await stores.mailEventTokens.see(signed), "new");
    await purgeMails({ ...stores, clock: () => new Date() });
    assert.equal((await mails.states()).length, 2);
    assert.equal(await stores.mailEventTokens.see(signed), "repeated");
    assert.equal(await stores.mailEventTokens.see({ ...signed, said: "b" }), "forged");
    await purgeMails({ ...stores, clock: () => new Date(Date.now() + (MAIL_KEPT_SECONDS + 7200) * 1000) });
    assert.equal(await stores.mailEventTokens.see(signed), "new", "too old to be taken, and forgotten");
    assert.deepEqual((await mails.states()).map(({ state }) => state), ["queued"]);
    assert.equal((await mails.deps.noticeBoard.list(ada, { limit: 1, offset: 0 })).count, 0);
  },
);
