import assert from "node:assert/strict";
import categories from "../../../../adapters/postgres/catalog/categories.json" with { type: "json" };
import { postgresOutlines } from "../../../../adapters/postgres/authoring/outlines.ts";
import { postgresTeachers } from "../../../../adapters/postgres/authoring/teachers.ts";
import { postgresCategories } from "../../../../adapters/postgres/catalog/categories.ts";
import type { Database } from "../../../../adapters/postgres/queries.ts";
import { placeRows } from "../../../support/order_rows.ts";
import { addCourse } from "../../../support/shop.ts";
import { databaseTest } from "../../../support/test_database.ts";

databaseTest("the counts shown in lists stay correct, however rows are written", async ({ sql }) => {
  const algebra = await addCourse(sql, { title: "Algebra" });
  const biology = await addCourse(sql, { title: "Biology", isPublished: false });
  const chemistry = await addCourse(sql, { title: "Chemistry" });
  await sql`insert into categories (name, slug) values ('A', 'a'), ('B', 'b')`;
  const [a, b] = await sql<{ id: number }[]>`select id from categories order by name`;

  const steps: [what: string, act: () => Promise<unknown>][] = [
    ["filing", () => sql`update courses set category_id = ${a!.id}`],
    ["publishing", () => sql`update courses set is_published = true where id = ${biology.id}`],
    ["moving", () => sql`update courses set category_id = ${b!.id} where id = ${algebra.id}`],
    ["moving while unpublishing", () =>
      sql`
        update courses set category_id = ${a!.id}, is_published = false where id = ${algebra.id}`],
    ["archiving", () => sql`update courses set archived_at = now() where id = ${chemistry.id}`],
    ["bringing back", () => sql`update courses set archived_at = null, is_published = true`],
    ["enrolling many", () =>
      sql`
        insert into enrollments (student_id, course_id) select 's' || n, c.id from courses c, generate_series(1, 3) n`],
    ["enrolling again", () =>
      sql`
        insert into enrollments (student_id, course_id) select 's1', id from courses on conflict do nothing`],
    ["leaving", () => sql`delete from enrollments where student_id = 's1' and course_id = ${algebra.id}`],
    ["another duration", () => sql`update lessons set duration_seconds = 60 where slug = ${algebra.lesson}`],
    [
      "an unknown duration",
      () => sql`update lessons set duration_seconds = null where slug = ${algebra.preview}`,
    ],
    ["moving a lesson to another course", () =>
      sql`
        update lessons set part_id = (select id from course_parts where course_id = ${biology.id})
        where slug = ${algebra.lesson}`],
    ["removing a lesson", () => sql`delete from lessons where slug = ${biology.preview}`],
    [
      "removing a part with its lessons",
      () => sql`delete from course_parts where course_id = ${chemistry.id}`,
    ],
    ["removing a course", () => sql`delete from courses where id = ${biology.id}`],
  ];
  for (const [what, act] of steps) {
    await act();
    assert.deepEqual(await kept(sql), await counted(sql), what);
  }
});

/** The counts as the triggers keep them. */
async function kept(sql: Database) {
  return await sql`
    select (select course_count from catalogue_size) as size,
      (select jsonb_agg(course_count order by id) from categories) as categories,
      (
        select jsonb_agg(jsonb_build_array(c.slug, c.student_count, s.lesson_count, s.duration_seconds) order by c.slug)
        from courses c join course_summaries s on s.course_id = c.id
      ) as courses`;
}

/** The same, counted anew. */
async function counted(sql: Database) {
  return await sql`
    select (select count(*)::integer from courses where is_published and archived_at is null) as size,
      (
        select jsonb_agg(n order by id) from (
          select k.id, count(c.id) filter (where c.is_published and c.archived_at is null) as n
          from categories k left join courses c on c.category_id = k.id group by k.id
        ) found
      ) as categories,
      (
        select jsonb_agg(jsonb_build_array(c.slug,
          (select count(*) from enrollments e where e.course_id = c.id),
          (select count(*) from lessons l join course_parts p on p.id = l.part_id where p.course_id = c.id),
          (
            select coalesce(sum(l.duration_seconds), 0) from lessons l join course_parts p on p.id = l.part_id
            where p.course_id = c.id
          )) order by c.slug)
        from courses c
      ) as courses`;
}

databaseTest(
  "an absurd duration keeps nobody from adding a lesson, or from buying the course",
  async ({ sql }) => {
    const { id, lesson, preview } = await addCourse(sql);
    const longest = 2147483647;
    await sql`update lessons set duration_seconds = ${longest} where slug in (${lesson}, ${preview})`;
    await sql`
    insert into lessons (part_id, slug, position, duration_seconds)
    select part_id, 'more', 2, 60 from lessons where slug = ${lesson}`;
    const [summary] = await sql<{ lessons: number; seconds: number }[]>`
    select lesson_count as lessons, duration_seconds as seconds from course_summaries where course_id = ${id}`;
    assert.deepEqual({ ...summary }, { lessons: 3, seconds: longest });
    const orderId = await placeRows(sql, "ada", [id], "open");
    await sql`update orders set state = 'paid' where id = ${orderId}`;
    const [sold] = await sql<{ lessons: number; seconds: number }[]>`
    select sold_lessons as lessons, sold_seconds as seconds from order_lines where order_id = ${orderId}`;
    assert.deepEqual({ ...sold }, { lessons: 3, seconds: longest });
  },
);

databaseTest("parts, lessons and tutors can be added behind the last possible position", async ({ sql }) => {
  const { id } = await addCourse(sql);
  const last = 2147483647;
  await sql`
    insert into users (id, email, password_hash, role)
    values ('ada', 'ada@example.com', '', 2), ('bob', 'bob@example.com', '', 2)`;
  await sql`insert into course_tutors (course_id, user_id, position) values (${id}, 'ada', ${last})`;
  await sql`update course_parts set position = ${last}`;
  await sql`update lessons set position = ${last} where not is_free_preview`;
  const outlines = postgresOutlines(sql);
  const fields = { title: "More", description: "", order: null };
  const part = await outlines.addPart({ ...fields, courseId: id, slugs: ["more"] });
  const [first] = await sql<
    { id: string }[]
  >`select id from course_parts where course_id = ${id} order by created_at`;
  const lesson = await outlines.addLesson({
    ...fields,
    partId: first!.id,
    slugs: ["more"],
    durationSeconds: null,
    isFreePreview: false,
    videoId: null,
  });
  await postgresTeachers(sql).add(id, "bob");
  assert.deepEqual([part.order, lesson.order], [last, last]);
  const outline = await outlines.outline(id);
  assert.deepEqual(
    [outline.at(-1)!.id, outline[0]!.lessons.at(-1)],
    [part.id, lesson.id],
    "they are the last ones",
  );
});

databaseTest("a shop without categories gets the first ones, once", async ({ sql }) => {
  const give = () => postgresCategories(sql).addFirst(categories);
  const counts = await Promise.all([give(), give()]);
  assert.equal(counts[0] + counts[1], categories.length, "also when it is done twice at once");
  await sql`delete from categories where slug <> 'physics'`;
  assert.equal(await give(), 0, "what an administrator removed stays away");
});
