import assert from "node:assert/strict";
import { connectElasticsearch, type Elasticsearch } from "../../adapters/elasticsearch/client.ts";
import { elasticsearchEngine } from "../../adapters/elasticsearch/engine.ts";
import { postgresSearchIndexes } from "../../adapters/postgres/catalog/search_indexes.ts";
import type { Database } from "../../adapters/postgres/queries.ts";
import type { Sandbox } from "../../adapters/sandbox/sandbox.tsx";
import { rebuildSearch } from "../../domain/catalog/rebuild_search.ts";
import type { SearchEngine, SearchIndexes } from "../../domain/catalog/ports.ts";
import { shopTest, type TestShop } from "./shop.ts";

/** A real Elasticsearch, where there is one, and a key that may do anything with indexes that begin with `test-`. */
const REAL = Deno.env.get("TEST_ELASTICSEARCH_URL");
const REAL_KEY = Deno.env.get("TEST_ELASTICSEARCH_API_KEY");

export type TestEngine = {
  /** The variables of a shop that searches in it. */
  environment: { ELASTICSEARCH_URL: string; ELASTICSEARCH_API_KEY: string; ELASTICSEARCH_INDEX: string };
  connection: Elasticsearch;
  searchEngine: SearchEngine;
  /** Resolves when what was written can be found. */
  refresh(): Promise<void>;
  /** Removes its indexes. */
  stop(): Promise<void>;
};

/** Returns an engine without any index: the real one, if there is one and it will do, else the sandbox's. */
export function testEngine(
  sandbox: Pick<Sandbox, "searchEnvironment">,
  { isStandIn = REAL === undefined } = {},
): TestEngine {
  const { ELASTICSEARCH_URL, ELASTICSEARCH_API_KEY } = sandbox.searchEnvironment;
  const environment = {
    ELASTICSEARCH_URL: isStandIn ? ELASTICSEARCH_URL! : REAL!,
    ELASTICSEARCH_API_KEY: (isStandIn ? ELASTICSEARCH_API_KEY : REAL_KEY) ?? "none",
    ELASTICSEARCH_INDEX: `test-${crypto.randomUUID().slice(0, 8)}`,
  };
  const name = environment.ELASTICSEARCH_INDEX;
  const connection = connectElasticsearch({
    url: environment.ELASTICSEARCH_URL,
    apiKey: environment.ELASTICSEARCH_API_KEY,
  });
  const searchEngine = elasticsearchEngine(connection, name);
  return {
    environment,
    connection,
    searchEngine,
    async refresh() {
      await connection.ask(10_000, (client, call) => client.indices.refresh({ index: `${name}-*` }, call));
    },
    async stop() {
      await searchEngine.remove((await searchEngine.existing()).map((index) => index.name));
      await connection.close();
    },
  };
}

export const rebuilt = (
  sql: Database,
  searchEngine: SearchEngine,
  indexes?: SearchIndexes,
): Promise<string> =>
  rebuildSearch({ searchEngine, searchIndexes: indexes ?? postgresSearchIndexes(sql) }, { onProgress() {} });

/** Returns what the log says of the engine's failures, except that a busy machine was slower than a search waits. */
export const failuresOf = ({ logged }: Pick<TestShop, "logged">): string[] =>
  logged.filter((line) => line.includes("search engine is away") && !line.includes("TimeoutError"));

/**
 * Declares a test of what a search answers, once with PostgreSQL's search and once with Elasticsearch's. With the latter
 * whatever was changed is indexed before each request; the test fails if PostgreSQL answered instead.
 */
export function searchTest(
  name: string,
  run: (shop: TestShop, t: Deno.TestContext) => Promise<void>,
): void {
  shopTest(name, run);
  let engine: TestEngine;
  shopTest(`${name}, in Elasticsearch`, async (shop, t) => {
    try {
      await rebuilt(shop.sql, engine.searchEngine);
      await run({
        ...shop,
        async call(...request) {
          const isStale = (await shop.sql`select from search_changes limit 1`).length > 0;
          if (isStale) {
            await shop.drainJobs();
            await engine.refresh();
          }
          return await shop.call(...request);
        },
      }, t);
      assert.deepEqual(failuresOf(shop), [], "PostgreSQL answered instead");
    } finally {
      await engine.stop();
    }
  }, { environment: (sandbox) => (engine = testEngine(sandbox)).environment, isUntidy: true });
}
