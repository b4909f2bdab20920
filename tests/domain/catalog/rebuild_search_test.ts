import assert from "node:assert/strict";
import type { SearchEngine, SearchIndexes } from "../../../domain/catalog/ports.ts";
import { rebuildSearch } from "../../../domain/catalog/rebuild_search.ts";

type Index = { name: string; isFilled: boolean };

/** An engine and its register in memory, with two courses. `onUse` is called after an index came into use. */
function memory({ known = [], existing = [], onUse = () => {} }: {
  known?: Index[];
  existing?: string[];
  onUse?: (state: { known: Index[]; existing: Set<string>; used: string | null }) => void;
}) {
  const state = { known: [...known], existing: new Set(existing), used: null as string | null };
  const searchIndexes: SearchIndexes = {
    begin() {
      state.known.unshift({ name: "new", isFilled: false });
      return Promise.resolve("new");
    },
    open: () => Promise.resolve(),
    countOnSale: () => Promise.resolve(2),
    page: ({ after }) =>
      Promise.resolve({
        version: 1n,
        entries: after === null ? [{ id: "a", fields: {} }, { id: "b", fields: {} }] : [],
      }),
    filled(name) {
      for (const index of state.known) if (index.name === name) index.isFilled = true;
      return Promise.resolve();
    },
    all: () => Promise.resolve([...state.known]),
    forget(names) {
      state.known = state.known.filter(({ name }) => !names.includes(name));
      return Promise.resolve();
    },
    claim: () => Promise.reject(new Error("not called")),
    told: () => Promise.reject(new Error("not called")),
    postpone: () => Promise.reject(new Error("not called")),
  };
  const searchEngine: SearchEngine = {
    name: "courses",
    create: (name) => Promise.resolve(void state.existing.add(name)),
    put: (names) => Promise.resolve(names.filter((name) => !state.existing.has(name))),
    use(name) {
      if (!state.existing.has(name)) return Promise.resolve(false);
      state.used = name;
      onUse(state);
      return Promise.resolve(true);
    },
    existing: () =>
      Promise.resolve([...state.existing].map((name) => ({ name, isUsed: name === state.used }))),
    remove(names) {
      for (const name of names) {
        state.existing.delete(name);
        if (state.used === name) state.used = null;
      }
      return Promise.resolve();
    },
  };
  return { state, deps: { searchIndexes, searchEngine } };
}

const silently = { onProgress() {} };

Deno.test("a rebuild removes every earlier index, and those that nobody knows", async () => {
  const known = [{ name: "half", isFilled: false }, { name: "old", isFilled: true }];
  const { state, deps } = memory({ known, existing: ["half", "old", "left behind"] });
  const seen: number[] = [];
  assert.equal(await rebuildSearch(deps, { onProgress: ({ done }) => void seen.push(done) }), "new");
  assert.deepEqual([seen, state.used, [...state.existing]], [[0, 2], "new", ["new"]]);
});

Deno.test("a rebuild that a later one has overtaken leaves the later one in use", async () => {
  const { state, deps } = memory({});
  const put = deps.searchEngine.put;
  deps.searchEngine.put = (names, entries) => {
    state.known = [{ name: "later", isFilled: true }];
    state.existing = new Set(["later"]);
    return put(names, entries);
  };
  assert.equal(await rebuildSearch(deps, silently), "later");
  assert.deepEqual([state.used, [...state.existing]], ["later", ["later"]]);
});

Deno.test("an index that somebody else put into use meanwhile does not stay", async () => {
  let isFirst = true;
  const { state, deps } = memory({
    known: [{ name: "old", isFilled: true }],
    existing: ["old"],
    onUse(state) {
      if (isFirst) state.used = "old";
      isFirst = false;
    },
  });
  assert.equal(await rebuildSearch(deps, silently), "new");
  assert.deepEqual([state.used, [...state.existing]], ["new", ["new"]]);
});

Deno.test("a rebuild whose index is removed falls back to an earlier one, and fails if there is none", async () => {
  for (const [existing, expected] of [[["old"], "old"], [[], null]] as [string[], string | null][]) {
    const { deps, state } = memory({ known: [{ name: "old", isFilled: true }], existing });
    const filled = deps.searchIndexes.filled;
    deps.searchIndexes.filled = (name) => {
      state.existing.delete("new");
      return filled(name);
    };
    const rebuilding = rebuildSearch(deps, silently);
    if (expected === null) await assert.rejects(rebuilding, { code: "vendor_unavailable" });
    else assert.equal(await rebuilding, expected);
  }
});
