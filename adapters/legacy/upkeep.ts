import type { Queries } from "../postgres/queries.ts";

const COURSES_AT_ONCE = 2000;

/** Tables whose triggers would work row by row, or on what is not complete yet. What they maintain is made up at the end. */
const QUIET_TABLES = [
  "courses",
  "course_tutors",
  "course_parts",
  "lessons",
  "enrollments",
  "orders",
  "order_lines",
  "payments",
  "payment_sessions",
  "refunds",
  "grants",
];

export async function disableTriggers(sql: Queries): Promise<void> {
  for (const table of QUIET_TABLES) await sql.unsafe(`alter table ${table} disable trigger user`);
}

export async function enableTriggers(sql: Queries): Promise<void> {
  // A table with checks pending cannot be altered.
  await sql`set constraints all immediate`;
  for (const table of QUIET_TABLES) await sql.unsafe(`alter table ${table} enable trigger user`);
}

/** Numbers new categories and universities after those that were imported. Undone with the transaction. */
export async function continueNumbers(sql: Queries): Promise<void> {
  for (const table of ["categories", "universities"]) {
    const [row] = await sql.unsafe<{ next: string }[]>(
      `select (coalesce(max(id), 0) + 1)::text as next from ${table}`,
    );
    await sql.unsafe(`alter table ${table} alter column id restart with ${Math.max(1, Number(row!.next))}`);
  }
}

/** Computes what the triggers would have maintained. The daily check of the invariants reads every order by itself. */
export async function makeUp(sql: Queries): Promise<void> {
  await sql`analyze enrollments`;
  await sql`
    update courses c set student_count = n.students
    from (select course_id, count(*)::integer as students from enrollments group by course_id) n
    where c.id = n.course_id`;
  await sql`
    update catalogue_size
    set course_count = (select count(*) from courses where is_published and archived_at is null)`;
  await sql`
    update categories k set course_count = n.courses
    from (
      select category_id, count(*)::integer as courses from courses
      where is_published and archived_at is null group by category_id
    ) n where n.category_id = k.id`;
  await sql`insert into course_summaries (course_id) select id from courses`;
  // Edge caches may have kept that nothing was there.
  await sql`select note_stale('course', 'courses', 'tutors', 'categories', 'universities')`;
  for (let after: string | null = null;;) {
    const [row]: { ids: string[] | null; last: string | null }[] = await sql`
      select array_agg(id) as ids, (array_agg(id order by id desc))[1] as last from (
        select id from courses where ${after}::uuid is null or id > ${after}::uuid order by id limit ${COURSES_AT_ONCE}
      ) c`;
    if (!row?.ids) break;
    await sql`select refresh_course_summaries(${row.ids}::uuid[])`;
    after = row.last;
  }
}
