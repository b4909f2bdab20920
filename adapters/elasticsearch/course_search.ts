import { z } from "zod";
import type {
  Catalog,
  CourseFacets,
  CourseLanguage,
  CourseLevel,
  CourseOrdering,
  CourseQuery,
  CourseSearch,
} from "../../domain/catalog/ports.ts";
import { DomainError } from "../../domain/errors.ts";
import { decodeCursor, encodeCursor } from "../cursor.ts";
import { markedHtml } from "../marks.ts";
import type { Elasticsearch } from "./client.ts";
import { ORDERS, searchBody } from "./query.ts";

/** How long Elasticsearch may take, in milliseconds. */
const TIMEOUT_MS = 400;
/** How many courses Elasticsearch skips at most to reach a page, the page included (`index.max_result_window`). */
const WINDOW = 10_000;
/** More categories than a shop has. */
const ALL = { offset: 0, limit: 10_000 };

const texts = z.array(z.string());
const buckets = z.object({
  values: z.object({
    buckets: z.array(
      z.object({ key: z.union([z.string(), z.number()]), doc_count: z.int().nonnegative() }),
    ),
  }),
});
const answerOfSearch = z.object({
  timed_out: z.literal(false),
  _shards: z.object({ failed: z.literal(0) }),
  hits: z.object({
    total: z.object({ value: z.int().nonnegative() }),
    hits: z.array(z.object({
      _id: z.uuid(),
      sort: z.tuple([z.union([z.string(), z.number()]), z.string()]),
      highlight: z.record(z.string(), texts).default({}),
    })),
  }),
  aggregations: z.record(z.string(), buckets).default({}),
});
type Answer = z.infer<typeof answerOfSearch>;

/**
 * Returns the search in Elasticsearch. Its answers are those of the PostgreSQL search, except how it ranks what it
 * finds; categories are read from the catalog. Throws DomainError `vendor_unavailable` if Elasticsearch does not
 * answer in time or not as it should.
 */
export function elasticsearchCourseSearch(
  { ask }: Elasticsearch,
  name: string,
  { catalog, timeoutMs = TIMEOUT_MS }: {
    catalog: Pick<Catalog, "category" | "categories">;
    timeoutMs?: number;
  },
): CourseSearch {
  async function answerTo(query: CourseQuery): Promise<{ answer: Answer; offset: number }> {
    const { start, ordering, filter } = query;
    const place = "cursor" in start ? placeOf(start.cursor, ordering) : null;
    const category = filter.category === undefined ? undefined : await catalog.category(filter.category);
    const offset = "offset" in start ? start.offset : 0;
    const body = searchBody(query, {
      categoryId: category === undefined ? undefined : category?.id ?? "none",
      offset,
      after: place ? [place.key, place.id] : undefined,
    });
    const found = answerOfSearch.safeParse(
      await ask(timeoutMs, (client, call) => client.search({ index: name, ...body }, call)),
    );
    if (!found.success) throw new DomainError("vendor_unavailable", "Elasticsearch answered nonsense");
    return { answer: found.data, offset: place?.skip ?? offset };
  }

  async function facetsOf({ aggregations }: Answer): Promise<CourseFacets> {
    const counted = (name: string) =>
      (aggregations[name]?.values.buckets ?? []).map(({ key, doc_count }) => ({
        value: key,
        count: doc_count,
      }))
        .filter(({ value }) => value !== "")
        .sort((one, other) => other.count - one.count || (one.value < other.value ? -1 : 1));
    const inCategories = new Map(counted("category").map(({ value, count }) => [value, count]));
    const { categories } = inCategories.size > 0 ? await catalog.categories(ALL) : { categories: [] };
    return {
      category: categories.filter(({ id }) => inCategories.has(id))
        .map(({ id, name, slug }) => ({ id, name, slug, count: inCategories.get(id)! }))
        .sort((one, other) => other.count - one.count),
      level: counted("level") as { value: Exclude<CourseLevel, "">; count: number }[],
      language: counted("language") as { value: CourseLanguage; count: number }[],
      isFree: counted("isFree").map(({ value, count }) => ({ value: value === 1, count })),
    };
  }

  return {
    async find(query) {
      const { ordering, limit, start, wantsHighlights, wantsFacets } = query;
      const { answer, offset } = await answerTo(query);
      const { total, hits } = answer.hits;
      const shown = hits.slice(0, limit);
      const last = shown.at(-1);
      const isRanked = ORDERS[ordering].field === "_score";
      return {
        count: total.value,
        hits: shown.map(({ _id, highlight }) => ({
          id: _id,
          ...(wantsHighlights
            ? {
              highlights: {
                title: markedIn(highlight, "title"),
                description: markedIn(highlight, "excerpt"),
              },
            }
            : {}),
        })),
        nextCursor: "cursor" in start && last && hits.length > limit
          ? encodeCursor({
            ordering,
            key: String(last.sort[0]),
            id: last._id,
            ...(isRanked ? { skip: offset + limit } : {}),
          })
          : null,
        ...(wantsFacets ? { facets: await facetsOf(answer) } : {}),
      };
    },
  };
}

/** Returns whether Elasticsearch can answer a query: not far from the beginning, nor from a place it does not know. */
export function isWithinReach({ ordering, limit, start }: CourseQuery): boolean {
  if ("offset" in start) return start.offset + limit < WINDOW;
  const place = placeOf(start.cursor, ordering);
  return place === null || place.isKnown;
}

/** Reads a cursor of this or of PostgreSQL's search, whose ranks are others. */
function placeOf(cursor: string, ordering: CourseOrdering) {
  const place = decodeCursor(cursor, ordering);
  if (place === null) return null;
  const key = ordering === "newest" ? inFull(place.key) : Number(place.key);
  const isRanked = ORDERS[ordering].field === "_score";
  return { ...place, key, isKnown: isRanked === (place.skip !== undefined) };
}

/** Returns a timestamp as entries have it: PostgreSQL leaves out zeros at the end of seconds. */
function inFull(timestamp: string): string {
  const [moment, digits = ""] = timestamp.replace(/\+00$/, "").split(".");
  return `${moment}.${digits.padEnd(6, "0")}+00`;
}

/** Returns the marked parts of a text, in whichever language it is. */
const markedIn = (highlight: Record<string, string[]>, text: string) =>
  markedHtml(
    Object.entries(highlight).filter(([field]) => field.startsWith(`${text}.`)).flatMap(([, parts]) => parts)
      .join(" ... "),
  );
