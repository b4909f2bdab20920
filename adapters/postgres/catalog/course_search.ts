import type {
  CourseFacets,
  CourseFilter,
  CourseOrdering,
  CourseQuery,
  CourseSearch,
} from "../../../domain/catalog/ports.ts";
import { onSale } from "./course_columns.ts";
import { decodeCursor, encodeCursor } from "../../cursor.ts";
import { headline, type HeadlineRow, toHighlights } from "./headline.ts";
import { type Fragment, pageOfRows, type Queries } from "../queries.ts";

type HitRow = HeadlineRow & { id: string | null; key: string; total: number; facets?: CourseFacets };

/**
 * Returns the search in PostgreSQL: weighted full text in three languages, and trigrams for typos
 * (migrations/functions/search_*.sql). Takes one query, however much it finds.
 */
export function postgresCourseSearch(sql: Queries): CourseSearch {
  return {
    async find(query) {
      const { search, filter, ordering, limit, start, wantsHighlights, wantsFacets } = query;
      const order = ORDERS[ordering](sql);
      const { from, id } = ordering === "relevance" && !isFiltered(filter)
        ? { from: sql`found f where true`, id: sql`f.id` } // the search result has everything needed for sorting
        : { from: sql`${source(sql, search)} where ${conditions(sql, filter)}`, id: sql`c.id` };
      const after = "cursor" in start ? decodeCursor(start.cursor, ordering) : null;
      const goingOn = after && after.skip === undefined
        ? sql`and (${order.key}, ${id}) ${order.past} (${after.key}::text::${order.type}, ${after.id}::uuid)`
        : sql``;
      // One extra row shows whether there is a next page.
      const rows = await sql<HitRow[]>`
        ${search === null ? sql`` : foundCourses(sql, search, ordering)}
        select n.*, page.* from (
          select ${countOfCourses(sql, query)} as total ${
        wantsFacets ? sql`, ${facets(sql, query)} as facets` : sql``
      }
        ) n left join (
          select cut.*, cut.sorted_by::text as key ${wantsHighlights ? headline(sql) : sql``} from (
            select ${id}, ${order.key} as sorted_by from ${from} ${goingOn}
            order by ${order.key} ${order.direction}, ${id} ${order.direction}
            ${
        pageOfRows(sql, { limit: limit + 1, offset: "offset" in start ? start.offset : after?.skip ?? 0 })
      }
          ) cut ${wantsHighlights ? sql`join courses c on c.id = cut.id cross join typed` : sql``}
        ) page on true
        order by page.sorted_by ${order.direction}, page.id ${order.direction}`;
      const hits = rows.filter((row): row is HitRow & { id: string } => row.id !== null);
      const shown = hits.slice(0, limit);
      const last = shown.at(-1);
      return {
        count: rows[0]!.total,
        hits: shown.map((row) => ({
          id: row.id,
          ...(wantsHighlights ? { highlights: toHighlights(row) } : {}),
        })),
        nextCursor: "cursor" in start && last && hits.length > limit
          ? encodeCursor({ ordering, key: last.key, id: last.id })
          : null,
        ...(wantsFacets ? { facets: rows[0]!.facets } : {}),
      };
    },
  };
}

/** The sort key of a list, and the comparison that is true for rows after a given place in it. */
type Order = { key: Fragment; type: Fragment; direction: Fragment; past: Fragment };

const ascending = (sql: Queries, key: Fragment, type: Fragment): Order => ({
  key,
  type,
  direction: sql`asc`,
  past: sql`>`,
});
const descending = (sql: Queries, key: Fragment, type: Fragment): Order => ({
  key,
  type,
  direction: sql`desc`,
  past: sql`<`,
});
const ORDERS: Record<CourseOrdering, (sql: Queries) => Order> = {
  newest: (sql) => descending(sql, sql`c.created_at`, sql`timestamptz`),
  price: (sql) => ascending(sql, sql`c.price_amount`, sql`bigint`),
  "-price": (sql) => descending(sql, sql`c.price_amount`, sql`bigint`),
  rating: (sql) => descending(sql, sql`c.rating`, sql`numeric`),
  popularity: (sql) => descending(sql, sql`c.student_count`, sql`integer`),
  relevance: (sql) => descending(sql, sql`f.rank`, sql`float8`),
};

/** Returns SQL for the courses on sale, or for those found, all of which are on sale. */
const source = (sql: Queries, search: string | null) =>
  search === null ? sql`courses c` : sql`found f join courses c on c.id = f.id`;

// Words in the title weigh most. Equally good matches are sorted by popularity. Exact matches come before those of
// the most similar words, and these before those of similar words.
function foundCourses(sql: Queries, search: string, ordering: CourseOrdering): Fragment {
  const weight = (query: Fragment) =>
    sql`ts_rank('{0.05, 0.2, 0.4, 1}', s.document, ${query})::float8 * (1 + s.popularity / 50.0::float8)`;
  const rank = sql`case
    when s.document @@ typed.exact then 20 + ${weight(sql`typed.exact`)}
    when s.document @@ typed.nearest then 10 + ${weight(sql`typed.nearest`)}
    else ${weight(sql`typed.query`)}
  end`;
  return sql`
    with typed as materialized (select r.exact, r.nearest, r.query from read_search(${search}) r),
    found as materialized (
      select s.course_id as id, ${ordering === "relevance" ? rank : sql`0::float8`} as rank
      from typed join course_summaries s on s.document @@ typed.query
    )`;
}

type Choice = "category" | "level" | "language" | "isFree";

/** Returns, for each choice made, SQL that is true for a course `c` that matches it. */
function choices(
  sql: Queries,
  { category, level, language, isFree }: CourseFilter,
): Record<Choice, Fragment> {
  return {
    category: whenGiven(
      sql,
      category,
      (it) =>
        sql`c.category_id = (
        select k.id from categories k where k.slug = ${it} or k.id::text = ${it} order by k.slug = ${it} desc limit 1
      )`,
    ),
    level: whenGiven(sql, level, (it) => sql`c.level = ${it}`),
    language: whenGiven(sql, language, (it) => sql`c.language = ${it}`),
    isFree: whenGiven(sql, isFree, (it) => it ? sql`c.price_amount = 0` : sql`c.price_amount > 0`),
  };
}

/** Returns SQL that is true for a course `c` on sale that passes the filters without facets. */
function onSaleAndWithin(sql: Queries, { tutorId, priceMin, priceMax }: CourseFilter): Fragment {
  return everyOf(sql, [
    onSale(sql),
    whenGiven(
      sql,
      tutorId,
      (it) => sql`c.id in (select t.course_id from course_tutors t where t.user_id = ${it})`,
    ),
    whenGiven(sql, priceMin, (it) => sql`c.price_thousandths >= ceil(${thousandths(sql, it)})::bigint`),
    whenGiven(sql, priceMax, (it) => sql`c.price_thousandths <= floor(${thousandths(sql, it)})::bigint`),
  ]);
}

/** Returns SQL that is true for a course `c` on sale that passes all filters. */
const conditions = (sql: Queries, filter: CourseFilter): Fragment =>
  everyOf(sql, [onSaleAndWithin(sql, filter), ...Object.values(choices(sql, filter))]);

const whenGiven = <Value>(sql: Queries, value: Value | undefined, condition: (value: Value) => Fragment) =>
  value === undefined ? sql`true` : condition(value);

const everyOf = (sql: Queries, parts: Fragment[]) =>
  parts.reduce((before, part) => sql`${before} and ${part}`);

const thousandths = (sql: Queries, price: number) => sql`${String(price)}::text::numeric * 1000`;

/** Returns SQL for the number of courses. The database maintains the number of those on sale. */
function countOfCourses(sql: Queries, { search, filter }: CourseQuery): Fragment {
  if (isFiltered(filter)) {
    return sql`(select count(*)::integer from ${source(sql, search)} where ${conditions(sql, filter)})`;
  }
  return search === null
    ? sql`(select course_count from catalogue_size)`
    : sql`(select count(*)::integer from found)`;
}

const isFiltered = (filter: CourseFilter) => Object.values(filter).some((value) => value !== undefined);

/**
 * Counts the courses for each choice. Courses are read once and grouped by their combination of choices; the few
 * resulting counts are then added up for each choice, given the other choices made.
 */
function facets(sql: Queries, { search, filter }: CourseQuery): Fragment {
  const chosen = Object.entries(choices(sql, filter));
  const counts = (choice: Choice, value: Fragment) => {
    const others = chosen.filter(([name]) => name !== choice).map(([, condition]) => condition);
    return sql`select ${value} as value, sum(c.count)::integer as count from counted c
      where ${everyOf(sql, others)} group by 1`;
  };
  const listed = (choice: Choice, value: Fragment) =>
    sql`coalesce((
      select jsonb_agg(jsonb_build_object('value', value, 'count', count) order by count desc, value)
      from (${counts(choice, value)}) n where value::text <> ''
    ), '[]')`;
  return sql`(
    with counted as (
      select c.category_id, c.level, c.language, least(c.price_amount, 1) as price_amount, count(*) as count
      from ${source(sql, search)} where ${onSaleAndWithin(sql, filter)} group by 1, 2, 3, 4
    )
    select jsonb_build_object(
      'category', coalesce((
        select jsonb_agg(
          jsonb_build_object('id', k.id::text, 'name', k.name, 'slug', k.slug, 'count', n.count)
          order by n.count desc, k.name)
        from (${counts("category", sql`c.category_id`)}) n join categories k on k.id = n.value
      ), '[]'),
      'level', ${listed("level", sql`c.level`)},
      'language', ${listed("language", sql`c.language`)},
      'isFree', ${listed("isFree", sql`c.price_amount = 0`)}
    )
  )`;
}
