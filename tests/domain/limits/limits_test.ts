import assert from "node:assert/strict";
import { triesOf } from "../../../domain/limits/count_call.ts";
import {
  COUNTED_PER_PROCESS,
  countsCalls,
  DEFAULT_LIMITS,
  type LimitName,
} from "../../../domain/limits/ports.ts";
import document from "../../../openapi/generated/server/openapi.json" with { type: "json" };
import { operations } from "../../support/operations.ts";

const names = Object.keys(DEFAULT_LIMITS) as LimitName[];
const entries = Object.entries(operations) as [string, { access: string; limits: readonly LimitName[] }][];

Deno.test("every operation that changes something or calls a service has limits, or a reason to have none", () => {
  const without = Object.values(document.paths as Record<string, Record<string, Record<string, unknown>>>)
    .flatMap((methods) => Object.entries(methods))
    .filter(([method, { responses, ...operation }]) =>
      (method !== "get" || "503" in (responses as object)) && operation["x-limits"] === undefined
    );
  assert.deepEqual(without.map(([, { operationId }]) => operationId), []);
});

Deno.test("every limit belongs to an operation, and use cases count those that calls do not", async () => {
  const named = new Set(entries.flatMap(([, { limits }]) => limits));
  assert.deepEqual(names.filter((name) => !named.has(name)), []);
  const inside = names.filter((name) => !countsCalls(name));
  const sources = await sourcesOf(new URL("../../../domain/", import.meta.url));
  const unused = inside.filter((name) => !sources.some((text) => text.includes(`limit: "${name}"`)));
  assert.deepEqual(unused, []);
});

Deno.test("signed-in users are counted individually, anonymous ones by their IP address", () => {
  const limits = [
    "visit_of_account",
    "anonymous_visit_of_address",
    "invite_of_address",
    "link_of_account",
  ] as const;
  assert.deepEqual(triesOf({ limits, callerId: "ada", ipAddress: "192.0.2.1" }), [
    { limit: "visit_of_account", of: "ada" },
    { limit: "invite_of_address", of: "192.0.2.1" },
  ]);
  assert.deepEqual(triesOf({ limits, callerId: null, ipAddress: "192.0.2.1" }), [
    { limit: "anonymous_visit_of_address", of: "192.0.2.1" },
    { limit: "invite_of_address", of: "192.0.2.1" },
  ]);
});

Deno.test("an operation without a token is limited by IP address, if calls are counted", () => {
  for (const [id, { access, limits }] of entries) {
    const calls = limits.filter(countsCalls);
    if (access === "required" || calls.length === 0) continue;
    assert.ok(calls.some((name) => name.endsWith("_of_address")), id);
  }
});

Deno.test("calls that send mail or cost money are counted across processes", () => {
  const perProcess = [...COUNTED_PER_PROCESS];
  assert.deepEqual(
    perProcess.filter((name) => /invite|update|link|video|payment|register|code/.test(name)),
    [],
  );
});

Deno.test("honest users do not reach a limit: a lesson's page, two requests per keystroke, a school that registers", () => {
  const perSecond = (name: LimitName) => DEFAULT_LIMITS[name].tries / DEFAULT_LIMITS[name].seconds;
  assert.ok(
    perSecond("edit_of_account") >= 2 * 20,
    "twenty steps of an upload in a second, two requests each",
  );
  assert.ok(perSecond("write_of_account") >= 5);
  assert.ok(DEFAULT_LIMITS.ticket_of_account.tries >= 100, "a hundred lessons, one after the other");
  for (const name of ["unverified_of_address", "new_account_of_address", "link_of_address"] as const) {
    assert.ok(DEFAULT_LIMITS[name].tries >= 300, name);
  }
});

async function sourcesOf(folder: URL): Promise<string[]> {
  const texts: string[] = [];
  for await (const entry of Deno.readDir(folder)) {
    if (entry.isDirectory) texts.push(...await sourcesOf(new URL(`${entry.name}/`, folder)));
    else texts.push(await Deno.readTextFile(new URL(entry.name, folder)));
  }
  return texts;
}
