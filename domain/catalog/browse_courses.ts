import type { Limits } from "../limits/ports.ts";
import type {
  Catalog,
  CourseFacets,
  CourseFilter,
  CourseListing,
  CourseOrdering,
  CourseSearch,
  Highlights,
} from "./ports.ts";
import { tidyText } from "../text.ts";
import type { Range } from "../range.ts";

export type CoursePage = {
  count: number;
  courses: (CourseListing & { highlights?: Highlights })[];
  nextCursor: string | null;
  facets?: CourseFacets;
};

/**
 * Returns a page of the courses on sale: all of them, or those that the search finds. `cursor` takes precedence over
 * `range`. Searches and facets are limited per IP address.
 */
export async function browseCourses(
  { catalog, courseSearch, limits }: {
    catalog: Pick<Catalog, "onSale" | "onSaleAmong">;
    courseSearch: CourseSearch;
    limits: Pick<Limits, "count">;
  },
  input: {
    viewerId: string | null;
    /** The caller's IP address. */
    ipAddress: string;
    range: Range;
    cursor?: string;
    search?: string;
    filter?: CourseFilter;
    ordering?: CourseOrdering;
    wantsHighlights?: boolean;
    wantsFacets?: boolean;
  },
): Promise<CoursePage> {
  const { viewerId, range, cursor, filter = {}, wantsHighlights = false, wantsFacets = false } = input;
  const search = tidyText(input.search ?? "") || null;
  const chosen = input.ordering ?? (search === null ? "newest" : "relevance");
  const ordering = chosen === "relevance" && search === null ? "newest" : chosen;
  const isPlain = search === null && ordering === "newest" && cursor === undefined && !wantsFacets &&
    Object.values(filter).every((value) => value === undefined);
  if (isPlain) return { ...await catalog.onSale(viewerId, range), nextCursor: null };

  if (search !== null || wantsFacets) await limits.count({ limit: "search_of_address", of: input.ipAddress });
  const { count, hits, nextCursor, facets } = await courseSearch.find({
    search,
    filter,
    ordering,
    limit: range.limit,
    start: cursor === undefined ? { offset: range.offset } : { cursor },
    wantsHighlights: wantsHighlights && search !== null,
    wantsFacets,
  });
  const courses = hits.length === 0 ? [] : await catalog.onSaleAmong(hits.map(({ id }) => id), viewerId);
  const highlights = new Map(hits.map((hit) => [hit.id, hit.highlights]));
  return {
    count,
    courses: courses.map((course) => ({ ...course, highlights: highlights.get(course.id) })),
    nextCursor,
    facets,
  };
}
