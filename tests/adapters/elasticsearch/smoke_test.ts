import { connectElasticsearch } from "../../../adapters/elasticsearch/client.ts";
import { shopTest } from "../../support/shop.ts";
import { addSearchable } from "../../support/searchable_courses.ts";
import { rebuildSearch } from "../../../domain/catalog/rebuild_search.ts";
import { elasticsearchEngine } from "../../../adapters/elasticsearch/engine.ts";
import { elasticsearchCourseSearch } from "../../../adapters/elasticsearch/course_search.ts";
import { postgresSearchIndexes } from "../../../adapters/postgres/catalog/search_indexes.ts";
import { postgresCatalog } from "../../../adapters/postgres/catalog/catalog.ts";
shopTest("smoke", async (shop) => {
  await addSearchable(shop.sql);
  const o = { url: shop.sandbox.searchEnvironment.ELASTICSEARCH_URL!, apiKey: shop.sandbox.searchEnvironment.ELASTICSEARCH_API_KEY!, index: "courses" };
  const es = connectElasticsearch(o);const searchEngine = elasticsearchEngine(es, o.index);
  const searchIndexes = postgresSearchIndexes(shop.sql);
  console.log(await rebuildSearch({ searchEngine, searchIndexes }, { onProgress: (p) => console.log(p) }));
  const s = elasticsearchCourseSearch(es, o.index, { catalog: postgresCatalog(shop.sql) });
  for (const search of ["algebra", "calclus", "derivadas integral", null]) {
    const t = performance.now();
    console.log(JSON.stringify(await s.find({ search, filter: {}, ordering: search ? "relevance" : "newest", limit: 3, start: { cursor: "" }, wantsHighlights: !!search, wantsFacets: true })), performance.now() - t);
  }
  await es.close();
});
