import type { Catalog, CourseSearch, SearchEngine } from "../../domain/catalog/ports.ts";
import { lazily } from "../../domain/lazily.ts";
import type { Config } from "../config/config.ts";
import { connectElasticsearch } from "./client.ts";
import { elasticsearchEngine } from "./engine.ts";

type Log = {
  info(message: string): void;
  warn(message: string, fields: Record<string, unknown>): void;
};

/**
 * Returns the search in Elasticsearch, which PostgreSQL's search takes over whenever it is away, and the engine that
 * keeps the indexes. What it needs is loaded with the first search. `close` ends the connections.
 */
export function elasticsearch(
  options: NonNullable<Config["elasticsearch"]>,
  { catalog, courseSearch, log }: {
    catalog: Pick<Catalog, "category" | "categories">;
    courseSearch: CourseSearch;
    log: Log;
  },
): { courseSearch: CourseSearch; searchEngine: SearchEngine; close(): Promise<void> } {
  const elastic = connectElasticsearch(options);
  const name = options.index;
  const searching = lazily(async () => {
    const [{ elasticsearchCourseSearch, isWithinReach }, { withFallback }] = await Promise.all([
      import("./course_search.ts"),
      import("./fallback.ts"),
    ]);
    return withFallback(elasticsearchCourseSearch(elastic, name, { catalog }), courseSearch, {
      isFor: isWithinReach,
      log,
    });
  });
  return {
    courseSearch: { find: async (query) => await (await searching()).find(query) },
    searchEngine: elasticsearchEngine(elastic, name),
    close: elastic.close,
  };
}
