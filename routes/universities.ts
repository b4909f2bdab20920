import type { AuditLog } from "../domain/audit/ports.ts";
import { invalidField } from "../domain/errors.ts";
import type { Files, Pictures } from "../domain/media/ports.ts";
import type { Jobs } from "../domain/jobs.ts";
import type { Transaction } from "../domain/transaction.ts";
import {
  addUniversity,
  changeUniversity,
  removeUniversity,
  showUniversity,
} from "../domain/universities/edit_university.ts";
import type { Universities, University, UniversityChange } from "../domain/universities/ports.ts";
import type {
  University as WireUniversity,
  UniversityChange as WireChange,
} from "../openapi/generated/server/types.gen.ts";
import type { Handlers } from "./http/contract_app.ts";
import { mediaUrl } from "./wire/pictures.ts";
import { pageOf, rangeOf } from "./http/pages.ts";

type Deps = {
  transaction: Transaction<{ universities: Universities; audit: AuditLog; jobs: Jobs }>;
  universities: Universities;
  pictures: Pictures;
  files: Files;
  randomName: () => string;
};

/** Serves universities. */
export const universityRoutes = (
  deps: Deps,
): Handlers<
  "listUniversities" | "getUniversity" | "createUniversity" | "updateUniversity" | "deleteUniversity"
> => ({
  async listUniversities(request) {
    const { query, origin } = request;
    const { count, universities } = await deps.universities.list(query.search, rangeOf(query));
    return { status: 200, body: pageOf(request, count, universities.map((each) => toWire(origin, each))) };
  },

  async getUniversity({ params, origin }) {
    return { status: 200, body: toWire(origin, await showUniversity(deps, { id: idOf(params) })) };
  },

  async createUniversity({ body, files, caller, origin, requestId, isGone }) {
    const { name, country, city } = body;
    const university = { ...toChange(body), name, country, city };
    const added = await addUniversity(deps, {
      caller,
      requestId,
      university,
      logo: files.logo?.bytes,
      isGone,
    });
    return { status: 201, body: toWire(origin, added) };
  },

  async updateUniversity({ params, body, files, caller, origin, requestId, isGone }) {
    const change = toChange(body);
    const edit = { caller, requestId, id: idOf(params), change, logo: files.logo?.bytes, isGone };
    return { status: 200, body: toWire(origin, await changeUniversity(deps, edit)) };
  },

  async deleteUniversity({ params, caller, requestId }) {
    await removeUniversity(deps, { caller, requestId, id: idOf(params) });
    return { status: 204, body: undefined };
  },
});

/** Reads a university's id, which the frontend sends as a number or as text; blank text means none. */
export function universityId(sent: number | string | null): number | null {
  if (sent === null || sent === "") return null;
  const id = Number(sent);
  if (Number.isInteger(id) && id > 0 && id < 2 ** 31) return id;
  throw invalidField("university", "There is no such university.");
}

/** An id that no university has, for input that is not a number. */
const NONE = 0;
const idOf = ({ id }: { id: string }) => /^\d{1,9}$/.test(id) ? Number(id) : NONE;

function toChange(
  { global_rank: globalRank, country_rank: countryRank, name, ...same }: WireChange,
): UniversityChange {
  return { ...same, name, globalRank, countryRank };
}

function toWire(origin: string, university: University): WireUniversity {
  return {
    id: university.id,
    name: university.name,
    description: university.description,
    logo: mediaUrl(origin, university.logoKey),
    website: university.website,
    country: university.country,
    city: university.city,
    location: university.location,
    global_rank: university.globalRank,
    country_rank: university.countryRank,
    created_at: university.createdAt.toISOString(),
    updated_at: university.updatedAt.toISOString(),
  };
}
