import { postgresCatalog } from "../../adapters/postgres/catalog/catalog.ts";
import { connect } from "../../adapters/postgres/connection.ts";
import { postgresComments } from "../../adapters/postgres/learning/comments.ts";
import { postgresCourseSearch } from "../../adapters/postgres/catalog/course_search.ts";
import { postgresLessons } from "../../adapters/postgres/playback/lessons.ts";
import { postgresProgress } from "../../adapters/postgres/learning/progress.ts";
import type { Database } from "../../adapters/postgres/queries.ts";
import { postgresReviews } from "../../adapters/postgres/learning/reviews.ts";
import { postgresStatistics } from "../../adapters/postgres/statistics/statistics.ts";
import type { CourseQuery } from "../../domain/catalog/ports.ts";

type Plan = { "Node Type": string; "Relation Name"?: string; Plans?: Plan[] };

/** Tables that are large in a large shop; of others, or while they are empty, a look at all of it costs nothing. */
const LARGE = [
  "courses",
  "course_summaries",
  "course_tutors",
  "course_parts",
  "lessons",
  "users",
  "enrollments",
  "grants",
  "lesson_progress",
  "comments",
  "reviews",
  "orders",
  "order_lines",
];

/**
 * The reads of the shop window, of tutors and of students whose plan looks at the whole of a large table, in a seeded
 * database; none is what we want. `onlyUnavoidable` leaves out those for which there is an index, so that it can be
 * asked of a small database, where the planner is right not to use it.
 */
export async function sequentialScans(
  databaseUrl: string,
  { onlyUnavoidable = false }: { onlyUnavoidable?: boolean } = {},
): Promise<string[]> {
  const statements: { text: string; parameters: unknown[] }[] = [];
  const seen = await connect(databaseUrl, {
    max: 1,
    onStatement: (text, parameters) => void statements.push({ text, parameters }),
  });
  const plain = await connect(databaseUrl, { max: 1 });
  const found: string[] = [];
  try {
    if (onlyUnavoidable) await plain`set enable_seqscan = off`;
    const filled = await plain<{ name: string }[]>`
      select relname as name from pg_class where relname = any (${LARGE}) and (${onlyUnavoidable} or reltuples > 1000)`;
    const large = new Set(filled.map(({ name }) => name));
    for (const [name, read] of await reads(plain)) {
      statements.length = 0;
      await read(seen);
      for (const { text, parameters } of statements.slice()) {
        if (!/^\s*(select|with)\b/i.test(text)) continue;
        const [row] = await plain.unsafe(`explain (format json) ${text}`, parameters as never[]);
        const [{ Plan: plan }] = row!["QUERY PLAN"] as [{ Plan: Plan }];
        for (const table of scanned(plan)) if (large.has(table)) found.push(`${name} reads all of ${table}`);
      }
    }
  } finally {
    await seen.end({ timeout: 1 });
    await plain.end({ timeout: 1 });
  }
  return [...new Set(found)];
}

async function reads(sql: Database): Promise<[name: string, read: (sql: Database) => Promise<unknown>][]> {
  const [some] = await sql<Record<"course" | "slug" | "student" | "tutor" | "part" | "lesson", string>[]>`
    select c.id as course, c.slug, e.student_id as student, t.user_id as tutor,
      (select p.slug from course_parts p where p.course_id = c.id limit 1) as part,
      (select l.id from course_parts p join lessons l on l.part_id = p.id where p.course_id = c.id limit 1) as lesson
    from enrollments e join courses c on c.id = e.course_id join course_tutors t on t.course_id = c.id limit 1`;
  const { slug, student, tutor, part, lesson, course } = some!;
  const [enrollment] = await sql<{ id: string }[]>`
    select id from enrollments where student_id = ${student} and course_id = ${course}`;
  const page = { limit: 100, offset: 0 };
  const search = (change: Partial<CourseQuery>) => (db: Database) =>
    postgresCourseSearch(db).find({
      search: null,
      filter: {},
      ordering: "newest",
      limit: 12,
      start: { offset: 0 },
      wantsHighlights: false,
      wantsFacets: false,
      ...change,
    });
  return [
    ["list", (db) => postgresCatalog(db).onSale(student, page)],
    ["list, far back", (db) => postgresCatalog(db).onSale(null, { limit: 100, offset: 2000 })],
    ["detail", (db) => postgresCatalog(db).course(slug, student)],
    ["part", (db) => postgresCatalog(db).courseOfPart(part, student)],
    ["enrollments", (db) => postgresCatalog(db).enrollments(student, page)],
    ["enrollment", (db) => postgresCatalog(db).enrollment(student, enrollment!.id)],
    ["categories", (db) => postgresCatalog(db).categories(page)],
    [
      "lesson",
      (db) => postgresLessons(db).find("eigenvalues", { id: student, signInId: crypto.randomUUID() }),
    ],
    ["search", search({ search: "derivadas física", ordering: "relevance", wantsHighlights: true })],
    ["search with a typo", search({ search: "eigenvlues", ordering: "relevance" })],
    ["search among one category", search({ search: "optics", filter: { category: "physics" } })],
    ["category", search({ filter: { category: "physics" } })],
    ["tutor", search({ filter: { tutorId: tutor } })],
    ["cheapest", search({ ordering: "price", start: { cursor: "" } })],
    ["dearest", search({ ordering: "-price" })],
    ["best", search({ ordering: "rating", start: { cursor: "" } })],
    ["most popular", search({ ordering: "popularity" })],
    ["within a price", search({ filter: { priceMin: 20, priceMax: 21 } })],
    ["tutor courses", (db) => postgresStatistics(db).coursesOf(tutor, page)],
    ["quick statistics", (db) => postgresStatistics(db).ofTutor(tutor)],
    ["course statistics", (db) => postgresStatistics(db).ofCourse(course)],
    ["progress", (db) => postgresProgress(db).ofCourse(student, course)],
    ["comments", (db) => postgresComments(db).threads(lesson, page, false)],
    ["one's comments", (db) => postgresComments(db).by(student, page)],
    ["reviews", (db) => postgresReviews(db).ofCourse(course, student, page, false)],
  ];
}

function scanned(plan: Plan): string[] {
  const table = plan["Relation Name"];
  const here = plan["Node Type"] === "Seq Scan" && table !== undefined ? [table] : [];
  return [...here, ...(plan.Plans ?? []).flatMap(scanned)];
}
