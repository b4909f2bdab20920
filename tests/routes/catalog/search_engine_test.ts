// The search engine beside the database: what is in it, and what happens while it is away.
import assert from "node:assert/strict";
import { elasticsearchCourseSearch, isWithinReach } from "../../../adapters/elasticsearch/course_search.ts";
import { elasticsearchEngine } from "../../../adapters/elasticsearch/engine.ts";
import { withFallback } from "../../../adapters/elasticsearch/fallback.ts";
import { postgresCatalog } from "../../../adapters/postgres/catalog/catalog.ts";
import { postgresCourseSearch } from "../../../adapters/postgres/catalog/course_search.ts";
import { postgresSearchIndexes } from "../../../adapters/postgres/catalog/search_indexes.ts";
import type { Fault } from "../../../adapters/sandbox/faults.ts";
import { indexCourses } from "../../../domain/catalog/index_courses.ts";
import type {
  CourseQuery,
  CoursesFound,
  SearchEngine,
  SearchIndexes,
} from "../../../domain/catalog/ports.ts";
import { addSearchable } from "../../support/searchable_courses.ts";
import { failuresOf, rebuilt, type TestEngine, testEngine } from "../../support/search_engines.ts";
import { shopTest, type TestShop } from "../../support/shop.ts";
import { startProcess } from "../../support/shop_process.ts";

/** What a search may take in all on a busy machine, of which it waits less than half a second. */
const LONGEST_MS = 2000;

/** Keys of cursors that somebody made up. */
const KEYS = [
  ...[
    "1e999",
    "-1e999",
    "1e-400",
    "1e300",
    ".",
    "-",
    "1-1",
    "0.5",
    "9".repeat(18),
    "9".repeat(40),
    "2147483648",
  ],
  ...["2026-13-01 00:00:00+00", "2026-02-30 00:00:00+00", "2026-02-28 24:00:00+00", "0000-01-01 00:00:00+00"],
  ...["2026-02-28 23:59:60+00", "2026-02-28 00:00:00.1+00", "2026-02-28 00:00:00.1234567+00"],
];

const ALGEBRA: Omit<CourseQuery, "start"> = {
  search: "algebra",
  filter: {},
  ordering: "relevance",
  limit: 10,
  wantsHighlights: true,
  wantsFacets: true,
};

/** Declares a test of a shop that searches in an engine, which has every course of `addSearchable`. */
function engineTest(
  name: string,
  run: (shop: TestShop, engine: TestEngine) => Promise<void>,
  options?: { isStandIn: boolean },
): void {
  let engine: TestEngine;
  shopTest(name, async (shop) => {
    try {
      await addSearchable(shop.sql);
      await rebuilt(shop.sql, engine.searchEngine);
      await engine.refresh();
      await run(shop, engine);
    } finally {
      shop.sandbox.faults.set("search", null);
      await engine.stop();
    }
  }, { environment: (sandbox) => (engine = testEngine(sandbox, options)).environment, isUntidy: true });
}

/** Declares one in which the engine fails, for which it is the sandbox's. */
const faultTest = (name: string, run: (shop: TestShop, engine: TestEngine) => Promise<void>) =>
  engineTest(name, run, { isStandIn: true });

/** The search of a shop that asks a failed engine again after so many milliseconds. */
const searchOf = (
  shop: TestShop,
  engine: TestEngine,
  log: Parameters<typeof withFallback>[2]["log"],
  restMs: number,
) =>
  withFallback(
    elasticsearchCourseSearch(engine.connection, engine.searchEngine.name, {
      catalog: postgresCatalog(shop.sql),
    }),
    postgresCourseSearch(shop.sql),
    { isFor: isWithinReach, log, restMs },
  );

const found = async (shop: TestShop, query: string) => {
  const { status, body } = await shop.call("GET", `/api/courses/courses/?${query}`);
  assert.equal(status, 200);
  return body.results.map(({ slug }: { slug: string }) => slug) as string[];
};

/** Searches in the engine itself, whether or not a course is still on sale. */
const inEngine = async (shop: TestShop, { connection, environment }: TestEngine) => {
  await shop.drainJobs();
  const { hits } = await connection.ask(5000, (client, call) =>
    client.search({
      index: environment.ELASTICSEARCH_INDEX,
      size: 100,
      query: { bool: {} },
      sort: [{ id: { order: "asc" } }],
    }, call));
  return hits.hits.length;
};

faultTest(
  "an engine that is silent costs one search half a second, and the next ones nothing",
  async (shop) => {
    const query = "search=algebra&facets=true&highlight=true";
    assert.deepEqual(await found(shop, query), ["linear-algebra"]);
    shop.sandbox.faults.set("search", "silent");
    const asked = shop.sandbox.faults.asked.search;
    for (let n = 0; n < 3; n++) {
      const began = performance.now();
      assert.deepEqual(await found(shop, query), ["linear-algebra"]);
      const took = performance.now() - began;
      assert.ok(took < LONGEST_MS, `${took} ms`);
    }
    assert.equal(shop.sandbox.faults.asked.search - asked, 1);
    const told = shop.logged.filter((line) => line.includes("search engine"));
    assert.equal(told.length, 1);
    assert.doesNotMatch(told.join(), /algebra/, "what people search for is not logged");
  },
);

faultTest("whatever an engine answers, it is asked once until it is asked again", async (shop, engine) => {
  const told: string[] = [];
  const log = { info: (line: string) => void told.push(line), warn: (line: string) => void told.push(line) };
  const search = searchOf(shop, engine, log, 1000);
  const query = { ...ALGEBRA, start: { offset: 0 }, wantsHighlights: false };
  const both = await search.find(query);
  for (const fault of ["down", "busy", "nonsense", "refused"] as Fault[]) {
    shop.sandbox.faults.set("search", fault);
    const asked = shop.sandbox.faults.asked.search;
    for (let n = 0; n < 2; n++) assert.deepEqual(await search.find(query), both, fault);
    assert.equal(shop.sandbox.faults.asked.search - asked, 1, fault);
    shop.sandbox.faults.set("search", null);
    await new Promise((resolve) => setTimeout(resolve, 1050));
    assert.deepEqual(await search.find(query), both, fault);
    assert.equal(shop.sandbox.faults.asked.search - asked, 2, fault);
    assert.deepEqual(told.splice(0), ["search engine is away", "search engine is back"], fault);
  }
});

faultTest("no cursor or text that somebody makes up keeps the engine from the others", async (shop) => {
  const cursorOf = (...place: unknown[]) => btoa(JSON.stringify(place)).replaceAll("=", "");
  const asked = () => shop.sandbox.faults.asked.search;
  for (const ordering of ["newest", "price", "-price", "rating", "popularity", "relevance"]) {
    for (const key of KEYS) {
      const id = crypto.randomUUID();
      for (const skip of [[], [0]]) {
        const cursor = cursorOf(ordering, key, id, ...skip);
        const query = `search=algebra&ordering=${ordering}&cursor=${cursor}`;
        const { status } = await shop.call("GET", `/api/courses/courses/?${query}`);
        assert.ok(status === 200 || status === 400, `${ordering} ${key}: ${status}`);
      }
      const before = asked();
      await found(shop, "search=algebra");
      assert.equal(asked() - before, 1, `${ordering} ${key}`);
    }
  }
  const emoji = "a".repeat(199) + "😀";
  for (const text of [emoji, '"*?~^:(){}[]\\/', "algebra OR *:*", "İ".repeat(300), "a ".repeat(5000)]) {
    await found(shop, `search=${encodeURIComponent(text)}&facets=true&highlight=true`);
    const before = asked();
    await found(shop, "search=algebra");
    assert.equal(asked() - before, 1, text);
  }
});

engineTest("without an index PostgreSQL searches", async (shop, { searchEngine }) => {
  await searchEngine.remove((await searchEngine.existing()).map(({ name }) => name));
  assert.deepEqual(await found(shop, "search=algebra"), ["linear-algebra"]);
  assert.match(
    shop.logged.find((line) => line.includes("search engine is away"))!,
    /index_not_found_exception/,
  );
});

engineTest("what is no longer on sale never comes back, whatever the index still has", async (shop) => {
  await shop.sql`update courses set is_published = false where slug = 'calculus'`;
  await shop.sql`update courses set archived_at = now() where slug = 'calculo'`;
  await shop.sql`delete from courses where slug = 'statistics'`;
  for (const search of ["calculus", "calculo", "statistics"]) {
    const slugs = await found(shop, `search=${search}`);
    assert.ok(
      ["calculus", "calculo", "statistics"].every((slug) => !slugs.includes(slug)),
      `${search}: ${slugs}`,
    );
  }
});

faultTest(
  "a walk through a list goes on in PostgreSQL when the engine goes away, and back",
  async (shop, engine) => {
    const search = searchOf(shop, engine, { info() {}, warn() {} }, 1);
    const lists = [
      { search: null, ordering: "newest" },
      { search: null, ordering: "price" },
      { search: "a", ordering: "relevance" },
      { search: "co", ordering: "relevance" },
    ] as const;
    for (const list of lists) {
      const query = { ...ALGEBRA, ...list, wantsFacets: false, wantsHighlights: false };
      const whole = (await search.find({ ...query, limit: 100, start: { offset: 0 } })).hits.map(({ id }) =>
        id
      );
      for (const failing of [[1], [2], [0, 1], [1, 2, 3]]) {
        const walked: string[] = [];
        let cursor: string | null = "";
        for (let page = 0; cursor !== null && page < 30; page++) {
          shop.sandbox.faults.set("search", failing.includes(page) ? "down" : null);
          await new Promise((resolve) => setTimeout(resolve, 3));
          const { hits, nextCursor }: CoursesFound = await search.find({
            ...query,
            limit: 2,
            start: { cursor },
          });
          walked.push(...hits.map(({ id }) => id));
          cursor = nextCursor;
        }
        // Two engines rank differently, so a walk that changes between them is as long, in another order.
        const name = `${JSON.stringify(list)}, away at ${failing}`;
        if (list.ordering === "relevance") assert.equal(walked.length, whole.length, name);
        else assert.deepEqual(walked, whole, name);
      }
    }
  },
);

engineTest(
  "a write that comes late loses, also against a removal",
  async (_shop, { searchEngine, connection, environment }) => {
    const [index] = await searchEngine.existing();
    const id = crypto.randomUUID();
    const put = (version: bigint, title: string | null) =>
      searchEngine.put([index!.name], {
        version,
        entries: [{ id, fields: title === null ? null : { id, title: { en: title } } }],
      });
    const titles = async () => {
      await connection.ask(5000, (client, call) => client.indices.refresh({ index: index!.name }, call));
      const { hits } = await connection.ask(5000, (client, call) =>
        client.search({
          index: environment.ELASTICSEARCH_INDEX,
          query: { bool: { filter: [{ match: { "title.en": { query: "quokka", operator: "and" } } }] } },
          sort: [{ id: { order: "asc" } }],
        }, call));
      return hits.hits.length;
    };
    await put(1_000_002n, "Quokka");
    await put(1_000_001n, "Older");
    assert.equal(await titles(), 1);
    await put(1_000_004n, null);
    await put(1_000_003n, "Quokka");
    assert.equal(await titles(), 0);
  },
);

faultTest("what could not be indexed is indexed when the engine is back", async (shop, engine) => {
  for (const fault of ["down", "busy", "nonsense", "refused"] as Fault[]) {
    shop.sandbox.faults.set("search", fault);
    await shop.sql`update courses set title = ${`Title ${fault}`} where slug = 'calculus'`;
    await shop.drainJobs();
    const [waiting] = await shop.sql<[{ seconds: number }]>`
      select extract(epoch from due_at - now())::float8 as seconds from search_changes`;
    assert.ok(
      waiting.seconds > 0 && waiting.seconds < (fault === "busy" ? 31 : 3),
      `${fault}: ${waiting.seconds} s`,
    );
    shop.sandbox.faults.set("search", null);
    await shop.sql`update search_changes set due_at = now()`;
    await shop.drainJobs();
    await engine.refresh();
    assert.deepEqual(await found(shop, `search=${fault}`), ["calculus"]);
    assert.equal((await shop.sql`select from search_changes`).length, 0);
  }
});

engineTest(
  "an index that is gone, or missed changes, is given up, and nothing is noted any more",
  async (shop, engine) => {
    const { sql } = shop;
    await engine.searchEngine.remove((await engine.searchEngine.existing()).map(({ name }) => name));
    await sql`update courses set title = 'Topology' where slug = 'calculus'`;
    await shop.drainJobs();
    const left = async () => [
      (await sql`select from search_indexes`).length,
      (await sql`select from search_changes`).length,
    ];
    assert.deepEqual(await left(), [0, 0]);
    assert.equal((await engine.searchEngine.existing()).length, 0, "writing has not made one");
    await rebuilt(sql, engine.searchEngine);
    await sql`update courses set title = 'Geometry' where slug = 'calculus'`;
    await sql`update search_indexes set kept_until = now() - interval '1 second'`;
    await shop.drainJobs();
    assert.deepEqual([await left(), (await engine.searchEngine.existing()).length], [[0, 0], 0]);
    assert.equal(shop.logged.filter((line) => line.includes("given up")).length, 2);
  },
);

engineTest("a rebuild loses no change that is made meanwhile, and leaves one index", async (shop, engine) => {
  const { sql } = shop;
  const searchIndexes = postgresSearchIndexes(sql);
  const changing: SearchIndexes = {
    ...searchIndexes,
    async page(range) {
      const page = await searchIndexes.page(range);
      // What was just read changes, is removed, and comes; the older reading is written after the newer one.
      await sql`update courses set title = 'Quokka' where slug = 'calculus'`;
      await sql`update courses set is_published = false where slug = 'databases'`;
      await sql`
        insert into courses (slug, title, price_amount, is_published) values ('quoll', 'Quoll', 1, true)
        on conflict do nothing`;
      await indexCourses({ searchIndexes, searchEngine: engine.searchEngine, log: { warn() {} } });
      return page;
    },
  };
  await rebuilt(sql, engine.searchEngine, changing);
  await engine.refresh();
  assert.deepEqual([await found(shop, "search=quokka"), await found(shop, "search=quoll")], [["calculus"], [
    "quoll",
  ]]);
  assert.equal(await inEngine(shop, engine), 20, "one came and one went");
  assert.equal((await engine.searchEngine.existing()).length, 1);
});

engineTest("the command shows its progress and which index is searched now", async (shop, engine) => {
  const { success, stdout, stderr } = await startProcess("main.ts", shop.environment, {
    args: ["rebuild-search"],
  }).output();
  const text = new TextDecoder().decode(stdout);
  assert.ok(success, new TextDecoder().decode(stderr));
  const [index] = await engine.searchEngine.existing();
  assert.deepEqual(text.trim().split("\n"), [
    `${index!.name}: 0 of 20 courses`,
    `${index!.name}: 20 of 20 courses`,
    `${index!.name} is searched now.`,
  ]);
});

engineTest("two rebuilds at once leave one index, which is told of changes", async (shop, engine) => {
  for (let round = 0; round < 3; round++) {
    await Promise.all([1, 2, 3].map(() => rebuilt(shop.sql, engine.searchEngine)));
    const [index, ...others] = await engine.searchEngine.existing();
    const known = await shop.sql<{ name: string }[]>`select name from search_indexes`;
    assert.deepEqual([others, index!.isUsed, known.map(({ name }) => name)], [[], true, [index!.name]]);
    await shop.sql`update courses set title = ${`Quokka ${"abc"[round]}`} where slug = 'calculus'`;
    await shop.drainJobs();
    await engine.refresh();
    assert.deepEqual(await found(shop, "search=quokka"), ["calculus"]);
    assert.equal(await inEngine(shop, engine), 20);
  }
});

engineTest(
  "a rebuild that is killed at any call loses nothing, and the next one tidies up",
  async (shop, engine) => {
    const { sql } = shop;
    for (let calls = 0, wasKilled = true; wasKilled; calls++) {
      let left = calls;
      const mortal = <Port extends object>(port: Port): Port =>
        new Proxy(port, {
          get: (target, name) => {
            const value = Reflect.get(target, name);
            if (typeof value !== "function") return value;
            return (...input: unknown[]) =>
              left-- > 0 ? value.apply(target, input) : Promise.reject(new Error("killed"));
          },
        });
      wasKilled = await rebuilt(
        sql,
        mortal<SearchEngine>(engine.searchEngine),
        mortal<SearchIndexes>(postgresSearchIndexes(sql)),
      ).then(() => false, (error) => {
        assert.equal(error.message, "killed");
        return true;
      });
      // Whatever it left, changes are found in what is searched now.
      const title = `Quokka${String.fromCharCode(97 + calls)}`;
      await sql`update courses set title = ${title} where slug = 'calculus'`;
      assert.equal(await inEngine(shop, engine), 20, `killed at call ${calls}`);
      await engine.refresh();
      assert.deepEqual(await found(shop, `search=${title}`), ["calculus"], `killed at call ${calls}`);
    }
    await rebuilt(sql, engine.searchEngine);
    assert.equal((await engine.searchEngine.existing()).length, 1);
    assert.equal((await sql`select from search_indexes`).length, 1);
    assert.deepEqual(failuresOf(shop), [], "PostgreSQL has not searched instead");
  },
);

engineTest(
  "others' indexes, and an index of the very name, are left alone",
  async (shop, { connection, environment }) => {
    const name = environment.ELASTICSEARCH_INDEX;
    const theirs = `${name}-of-others`;
    await connection.ask(5000, (client, call) => client.indices.create({ index: theirs }, call));
    await rebuilt(shop.sql, elasticsearchEngine(connection, name));
    const all = await connection.ask(
      5000,
      (client, call) => client.indices.getAlias({ index: `${name}-*` }, call),
    );
    assert.ok(theirs in all);
    await connection.ask(5000, (client, call) => client.indices.delete({ index: theirs }, call));
    const taken = elasticsearchEngine(connection, theirs.slice(0, -7));
    await connection.ask(5000, (client, call) => client.indices.create({ index: taken.name }, call));
    await assert.rejects(rebuilt(shop.sql, taken), /invalid_alias_name_exception/);
    await taken.remove([taken.name]);
  },
);
