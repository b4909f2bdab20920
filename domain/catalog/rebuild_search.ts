import { DomainError } from "../errors.ts";
import type { SearchEngine, SearchIndexes } from "./ports.ts";

type Deps = { searchIndexes: SearchIndexes; searchEngine: SearchEngine };

/** The number of courses that are read and sent at once. */
const PAGE = 500;

export type RebuildProgress = { index: string; done: number; total: number };

/**
 * Fills a new index with every course on sale, which is then the one that is searched, and removes all earlier ones.
 * Changes made meanwhile reach the new index too, by `indexCourses`. Several may run at once: the one that began last
 * is the one that stays. One that is killed leaves an index that the next one removes. Returns the index that is
 * searched.
 */
export async function rebuildSearch(
  deps: Deps,
  { onProgress }: { onProgress(progress: RebuildProgress): void },
): Promise<string> {
  const { searchIndexes, searchEngine } = deps;
  const index = await searchIndexes.begin(searchEngine.name);
  await searchEngine.create(index);
  await searchIndexes.open(index);
  const total = await searchIndexes.countOnSale();
  onProgress({ index, done: 0, total });
  for (let after: string | null = null, done = 0;;) {
    const page = await searchIndexes.page({ after, limit: PAGE });
    if (page.entries.length === 0) break;
    const missing = await searchEngine.put([index], page);
    if (missing.length > 0) return await useLatest(deps); // a later one was faster
    after = page.entries.at(-1)!.id;
    done += page.entries.length;
    onProgress({ index, done, total });
  }
  await searchIndexes.filled(index);
  return await useLatest(deps);
}

/**
 * Has the latest filled index searched and removes all before it. Repeats that until nobody has interfered: another
 * process may have meant an earlier index, which is gone by then.
 */
async function useLatest({ searchIndexes, searchEngine }: Deps): Promise<string> {
  for (;;) {
    const all = await searchIndexes.all();
    const at = all.findIndex(({ isFilled }) => isFilled);
    const latest = all[at]?.name;
    if (latest === undefined) {
      throw new DomainError("vendor_unavailable", "The index was removed while it was filled. Start again.");
    }
    if (!await searchEngine.use(latest)) {
      await searchIndexes.forget([latest]);
      continue;
    }
    await searchIndexes.forget(all.slice(at + 1).map(({ name }) => name));
    // What exists is listed before what is known: an index is known before it is made.
    const existing = await searchEngine.existing();
    const known = new Set((await searchIndexes.all()).map(({ name }) => name));
    await searchEngine.remove(existing.map(({ name }) => name).filter((name) => !known.has(name)));
    const used = (await searchEngine.existing()).filter(({ isUsed }) => isUsed).map(({ name }) => name);
    if (used.length === 1 && used[0] === latest) return latest;
  }
}
