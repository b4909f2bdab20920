import type { SearchEngine, SearchEntries } from "../../domain/catalog/ports.ts";
import { DomainError } from "../../domain/errors.ts";
import { type Elasticsearch, isMissing } from "./client.ts";
import { INDEX } from "./index_settings.ts";

/** How long Elasticsearch may take, in milliseconds. */
const TIMEOUT_MS = 10_000;
/** The number of characters that are sent at once, unless a single entry has more. */
const MOST_AT_ONCE = 4_000_000;

/** The alias through which an index is written, so that writing never makes one that was removed. */
const writesTo = (index: string) => `${index}-writes`;

/** Returns the indexes of courses in Elasticsearch, which are searched under the given name. */
export function elasticsearchEngine(
  { ask }: Elasticsearch,
  name: string,
  { timeoutMs = TIMEOUT_MS } = {},
): SearchEngine {
  /** Others may have indexes whose names begin alike. */
  const isOurs = (index: string) =>
    index.startsWith(`${name}-`) && /^-\d{14}-\d+$/.test(index.slice(name.length));

  /** Sends lines to the indexes. Returns those that do not exist. */
  async function send(lines: object[]): Promise<string[]> {
    const { items } = await ask(
      timeoutMs,
      (client, call) => client.bulk({ operations: lines, require_alias: true }, call),
    );
    const missing = new Set<string>();
    for (const { index, delete: deletion } of items) {
      const { _index = "", status = 0, error } = index ?? deletion ?? {};
      const isAbsent = error?.type === "index_not_found_exception";
      if (isAbsent) missing.add(_index.replace(/-writes$/, ""));
      // A version that is not higher, or nothing to delete, is as good as done.
      else if (status >= 300 && status !== 409 && status !== 404) {
        throw new DomainError(
          "vendor_unavailable",
          `Elasticsearch did not take an entry: ${error?.type ?? status}`,
        );
      }
    }
    return [...missing];
  }

  return {
    name,

    async create(index) {
      await ask(
        timeoutMs,
        (client, call) =>
          client.indices.create({ index, ...INDEX, aliases: { [writesTo(index)]: {} } }, call),
      );
    },

    async put(indexes, entries) {
      const missing = new Set<string>();
      for (const chunk of inChunks(indexes.flatMap((index) => linesOf(index, entries)))) {
        for (const index of await send(chunk.flat())) missing.add(index);
      }
      return [...missing];
    },

    async use(index) {
      try {
        await ask(timeoutMs, (client, call) =>
          client.indices.updateAliases({
            actions: [
              { remove: { index: `${name}-*`, alias: name, must_exist: false } },
              { add: { index, alias: name } },
            ],
          }, call));
        return true;
      } catch (error) {
        if (isMissing(error)) return false;
        throw error;
      }
    },

    async existing() {
      const all = await ask(
        timeoutMs,
        (client, call) => client.indices.getAlias({ index: `${name}-*` }, call),
      );
      return Object.entries(all).filter(([index]) => isOurs(index))
        .map(([index, { aliases }]) => ({ name: index, isUsed: name in aliases }));
    },

    async remove(indexes) {
      for (const index of indexes) {
        await ask(
          timeoutMs,
          (client, call) => client.indices.delete({ index, ignore_unavailable: true }, call),
        );
      }
    },
  };
}

/** Returns the lines of each entry. External versions: Elasticsearch refuses one that is not higher than what it has. */
function linesOf(index: string, { version, entries }: SearchEntries): object[][] {
  return entries.map(({ id, fields }) => {
    const target = {
      _index: writesTo(index),
      _id: id,
      version: Number(version),
      version_type: "external" as const,
    };
    return fields ? [{ index: target }, fields] : [{ delete: target }];
  });
}

function inChunks(entries: object[][]): object[][][] {
  const chunks: object[][][] = [];
  let size = Infinity;
  for (const lines of entries) {
    const length = JSON.stringify(lines).length;
    if (size + length > MOST_AT_ONCE) {
      chunks.push([]);
      size = 0;
    }
    chunks.at(-1)!.push(lines);
    size += length;
  }
  return chunks;
}
