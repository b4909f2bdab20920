import type {
  CourseFacets,
  CourseFilter,
  CourseOrdering,
  CourseQuery,
  CourseSearch,
} from "../../domain/catalog/ports.ts";
import { THREE_DECIMAL, ZERO_DECIMAL } from "../../domain/money.ts";
import { onSale } from "./course_columns.ts";
import { decodeCursor, encodeCursor } from "./cursor.ts";
import { headline, type HeadlineRow, toHighlights } from "./headline.ts";
import { type Fragment, pageOfRows, type Queries } from "./queries.ts";

type HitRow = HeadlineRow & { id: string | null; key: string; total: number; facets?: CourseFacets };

/**
 * Search in PostgreSQL: full text with weights, in three languages, and trigrams for what was mistyped (migration 0041).
 * One query, however much it finds.
 */
export function postgresCourseSearch(sql: Queries): CourseSearch {
  return {
    async find(query) {
      const { search, filter, ordering, limit, start, wantsHighlights, wantsFacets } = query;
      const order = ORDERS[ordering](sql);
      const { from, id } = ordering === "relevance" && !isFiltered(filter)
        ? { from: sql`found f where true`, id: sql`f.id` } // what is found says enough to be sorted
        : { from: sql`${source(sql, search)} where ${conditions(sql, filter)}`, id: sql`c.id` };
      const after = "cursor" in start ? decodeCursor(start.cursor, ordering) : null;
      const goingOn = after
        ? sql`and (${order.key}, ${id}) ${order.past} (${after.key}::text::${order.type}, ${after.id}::uuid)`
        : sql``;
      // One more than is shown tells whether there is a next page.
      const rows = await sql<HitRow[]>`
        ${search === null ? sql`` : found(sql, search, ordering)}
        select n.*, page.* from (
          select ${count(sql, query)} as total ${wantsFacets ? sql`, ${facets(sql, query)} as facets` : sql``}
        ) n left join (
          select cut.*, cut.sorted_by::text as key ${wantsHighlights ? headline(sql) : sql``} from (
            select ${id}, ${order.key} as sorted_by from ${from} ${goingOn}
            order by ${order.key} ${order.direction}, ${id} ${order.direction}
            ${pageOfRows(sql, { limit: limit + 1, offset: "offset" in start ? start.offset : 0 })}
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

/** What a list is sorted by, and the comparison that is true for what comes after a given place in it. */
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

/** The courses on sale, or those that were found, which all are. */
const source = (sql: Queries, search: string | null) =>
  search === null ? sql`courses c` : sql`found f join courses c on c.id = f.id`;

// Words in the title weigh most. Among courses that fit alike, those that many took come first.
function found(sql: Queries, search: string, ordering: CourseOrdering): Fragment {
  const rank =
    sql`ts_rank('{0.05, 0.2, 0.4, 1}', s.document, typed.query)::float8 * (1 + s.popularity / 50.0::float8)`;
  return sql`
    with typed as materialized (select course_query(${search}) as query),
    found as materialized (
      select s.course_id as id, ${ordering === "relevance" ? rank : sql`0::float8`} as rank
      from typed join course_summaries s on s.document @@ typed.query
    )`;
}

type FilterName = "category" | "level" | "language" | "isFree";

/** SQL that is true for a course `c` on sale that all filters let through, but for the one to be left out. */
function conditions(sql: Queries, filter: CourseFilter, without?: FilterName): Fragment {
  const { category, tutorId, priceMin, priceMax, isFree, level, language } = filter;
  const asked: [name: FilterName | null, condition: Fragment | null][] = [
    [
      "category",
      given(category, (it) =>
        sql`c.category_id = (
        select k.id from categories k where k.slug = ${it} or k.id::text = ${it} order by k.slug = ${it} desc limit 1
      )`),
    ],
    [
      null,
      given(tutorId, (it) => sql`c.id in (select t.course_id from course_tutors t where t.user_id = ${it})`),
    ],
    [null, given(priceMin, (it) => sql`c.price_amount >= ${minorUnits(sql, it)}`)],
    [null, given(priceMax, (it) => sql`c.price_amount <= ${minorUnits(sql, it)}`)],
    ["isFree", given(isFree, (it) => it ? sql`c.price_amount = 0` : sql`c.price_amount > 0`)],
    ["level", given(level, (it) => sql`c.level = ${it}`)],
    ["language", given(language, (it) => sql`c.language = ${it}`)],
  ];
  return asked.reduce(
    (all, [name, condition]) =>
      condition && (name === null || name !== without) ? sql`${all} and ${condition}` : all,
    onSale(sql),
  );
}

const given = <Value>(value: Value | undefined, condition: (value: Value) => Fragment) =>
  value === undefined ? null : condition(value);

/** A price in major units, in the minor units of the course's own currency. */
function minorUnits(sql: Queries, price: number): Fragment {
  return sql`${String(price)}::text::numeric * case
    when c.price_currency = any (${[...ZERO_DECIMAL]}) then 1
    when c.price_currency = any (${[...THREE_DECIMAL]}) then 1000
    else 100
  end`;
}

/** How many there are; how many are on sale, the database keeps. */
function count(sql: Queries, { search, filter }: CourseQuery): Fragment {
  if (isFiltered(filter)) {
    return sql`(select count(*)::integer from ${source(sql, search)} where ${conditions(sql, filter)})`;
  }
  return search === null
    ? sql`(select course_count from catalogue_size)`
    : sql`(select count(*)::integer from found)`;
}

const isFiltered = (filter: CourseFilter) => Object.values(filter).some((value) => value !== undefined);

function facets(sql: Queries, { search, filter }: CourseQuery): Fragment {
  const choices = (name: FilterName, value: Fragment) =>
    sql`coalesce((
      select jsonb_agg(jsonb_build_object('value', value, 'count', count) order by count desc, value) from (
        select ${value} as value, count(*)::integer as count from ${source(sql, search)}
        where ${conditions(sql, filter, name)} group by 1
      ) choices where value::text <> ''
    ), '[]')`;
  return sql`jsonb_build_object(
    'category', coalesce((
      select jsonb_agg(
        jsonb_build_object('id', k.id::text, 'name', k.name, 'slug', k.slug, 'count', n.count) order by n.count desc, k.name)
      from (
        select c.category_id, count(*)::integer as count from ${source(sql, search)}
        where ${conditions(sql, filter, "category")} group by 1
      ) n join categories k on k.id = n.category_id
    ), '[]'),
    'level', ${choices("level", sql`c.level`)},
    'language', ${choices("language", sql`c.language`)},
    'isFree', ${choices("isFree", sql`c.price_amount = 0`)}
  )`;
}
