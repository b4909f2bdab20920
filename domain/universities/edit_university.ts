import { requireAdministrator } from "../accounts/require_administrator.ts";
import type { Caller } from "../accounts/ports.ts";
import { actorOf } from "../audit/actor.ts";
import type { AuditLog } from "../audit/ports.ts";
import { noSuch, orNotFound } from "../errors.ts";
import type { Jobs } from "../jobs.ts";
import type { Files, Pictures } from "../media/ports.ts";
import { storePicture } from "../media/store_picture.ts";
import type { Transaction } from "../transaction.ts";
import type { NewUniversity, Universities, University, UniversityChange } from "./ports.ts";

type Deps = {
  transaction: Transaction<{ universities: Universities; audit: AuditLog; jobs: Jobs }>;
  pictures: Pictures;
  files: Files;
  randomName: () => string;
};
type Edit = { caller: Caller; requestId: string; isGone?(): boolean };

/** Adds a university, perhaps with a logo. For administrators. */
export async function addUniversity(
  deps: Deps,
  input: Edit & { university: NewUniversity; logo?: Uint8Array },
): Promise<University> {
  requireAdministrator(input.caller);
  const logo = await storedLogo(deps, input);
  return await deps.transaction(async ({ universities, audit }) => {
    const university = await universities.add({ ...input.university, ...logo });
    await audit.record({ ...actOn(input, "add", university.id), after: facts(university) });
    return university;
  });
}

/** Changes the given fields of a university. For administrators. */
export async function changeUniversity(
  deps: Deps,
  input: Edit & { id: number; change: UniversityChange; logo?: Uint8Array },
): Promise<University> {
  requireAdministrator(input.caller);
  const logo = await storedLogo(deps, input);
  return await deps.transaction(async ({ universities, audit, jobs }) => {
    const before = await universities.byId(input.id);
    const after = await universities.change(input.id, { ...input.change, ...logo });
    if (!before || !after) throw noSuch("university");
    if (before.logoKey && before.logoKey !== after.logoKey) {
      await jobs.add({ kind: "delete_file", key: before.logoKey });
    }
    await audit.record({ ...actOn(input, "change", input.id), before: facts(before), after: facts(after) });
    return after;
  });
}

/** Removes a university, also from the profiles and answers that name it. For administrators. */
export async function removeUniversity(deps: Deps, input: Edit & { id: number }): Promise<void> {
  requireAdministrator(input.caller);
  await deps.transaction(async ({ universities, audit, jobs }) => {
    const before = orNotFound(await universities.remove(input.id), "university");
    if (before.logoKey) await jobs.add({ kind: "delete_file", key: before.logoKey });
    await audit.record({ ...actOn(input, "remove", input.id), before: facts(before) });
  });
}

/** Returns a university by its id. */
export async function showUniversity(
  deps: { universities: Universities },
  { id }: { id: number },
): Promise<University> {
  const university = orNotFound(await deps.universities.byId(id), "university");
  return university;
}

async function storedLogo(
  deps: Deps,
  { caller, logo: bytes, isGone }: Edit & { logo?: Uint8Array },
): Promise<{ logoKey?: string }> {
  const sender = { id: caller.id, isGone };
  return bytes ? { logoKey: (await storePicture(deps, { kind: "logo", bytes, sender })).key } : {};
}

function actOn({ caller, requestId }: Edit, verb: string, id: number) {
  const subject = { type: "university", id: String(id) };
  return { ...actorOf(caller), action: `university.${verb}`, subject, requestId };
}

function facts({ id: _id, createdAt: _created, updatedAt: _updated, ...rest }: University) {
  return rest;
}
