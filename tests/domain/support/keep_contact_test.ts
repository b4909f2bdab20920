import assert from "node:assert/strict";
import type { User } from "../../../domain/accounts/ports.ts";
import type { Job } from "../../../domain/jobs.ts";
import { removeContact, saveContact } from "../../../domain/support/keep_contact.ts";
import type { SupportContacts, SupportDesk } from "../../../domain/support/ports.ts";

const ada = { id: "ada", email: "ada@example.com", firstName: "Ada", lastName: "", role: 4 } as User;

const contacts = (known = new Map<string, string>()): SupportContacts => ({
  note: (userId, contactId) => Promise.resolve(void known.set(userId, contactId)),
  idOf: (userId) => Promise.resolve(known.get(userId) ?? null),
  forget: (userId) => Promise.resolve(void known.delete(userId)),
});

/** Saves Ada's contact while her account is found the given times, and is erased after that. */
async function saved(found: number): Promise<{ calls: number; jobs: Job[] }> {
  const jobs: Job[] = [];
  let calls = 0;
  let looks = 0;
  await saveContact({
    supportDesk: { save: () => Promise.resolve((calls++, { contactId: "c" })) } as Partial<
      SupportDesk
    > as SupportDesk,
    supportContacts: contacts(),
    users: { byId: () => Promise.resolve(looks++ < found ? ada : null) },
    transaction: (work) => work({ jobs: { add: (...added) => Promise.resolve(void jobs.push(...added)) } }),
    log: { warn() {} },
  }, { userId: ada.id });
  return { calls, jobs };
}

Deno.test("an account that is erased while its contact is saved has the contact removed again", async () => {
  assert.deepEqual(await saved(2), { calls: 1, jobs: [] });
  assert.deepEqual(await saved(1), { calls: 1, jobs: [{ kind: "remove_support_contact", userId: "ada" }] });
  assert.deepEqual(await saved(0), { calls: 0, jobs: [] });
});

Deno.test("a contact is removed until the tool says that there is none", async () => {
  for (const [answers, ends] of [[[true], true], [[false, true], true], [[false, false], false]] as const) {
    const left = [...answers];
    const known = new Map([["ada", "c"]]);
    const desk = { remove: () => Promise.resolve(left.shift()!) } as Partial<SupportDesk> as SupportDesk;
    const removal = removeContact({ supportDesk: desk, supportContacts: contacts(known) }, { userId: "ada" });
    if (ends) await removal;
    else await assert.rejects(removal, { code: "vendor_unavailable" });
    assert.deepEqual(left, []);
    assert.equal(known.has("ada"), !ends, "its id is forgotten with it, and not before");
  }
});
