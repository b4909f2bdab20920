// `deno task seed --courses N --enrollments M`: fills a database with generated courses, people and enrollments, to
// test the shop with many of them. An interrupted run leaves nothing behind.
import { parseArgs } from "node:util";
import { argon2Passwords } from "../../argon2/passwords.ts";
import { databaseUrl } from "../../config/database_url.ts";
import { connect } from "../../postgres/connection.ts";
import type { Database, DatabaseTransaction } from "../../postgres/queries.ts";
import { FORMS, NAMES, SUBJECTS, TOPICS } from "./many_words.ts";
import { SAMPLE_PASSWORD } from "./seed.ts";

const COURSES_AT_ONCE = 2_000;
const ENROLLMENTS_AT_ONCE = 50_000;
/** The number of courses per tutor, and per student. */
const COURSES_PER_TUTOR = 20;
const COURSES_PER_STUDENT = 10;
/** Tables whose triggers are disabled during the bulk insert. The data that they maintain is computed at the end. */
const TABLES = ["courses", "course_tutors", "course_parts", "lessons", "enrollments"];

export type Progress = (line: string) => void;

/**
 * Adds the given number of published courses, each with 3 parts of 4 lessons, their tutors, and students who enrolled
 * in 10 of them each, in one transaction; the popular courses have most of the students. Returns how much was added.
 */
export async function seedMany(
  sql: Database,
  wanted: { courses: number; enrollments: number; passwordHash: string },
  progress: Progress = () => {},
): Promise<{ courses: number; enrollments: number }> {
  await sql`set statement_timeout = 0`;
  const enrollments = await sql.begin(async (tx) => {
    const [last] = await tx<{ run: string }[]>`
      select (extract(epoch from clock_timestamp()) * 1000)::bigint::text as run`;
    const run = Number(last!.run).toString(36);
    for (const table of TABLES) await tx.unsafe(`alter table ${table} disable trigger user`);
    await addPeople(tx, run, wanted);
    for (let from = 0; from < wanted.courses; from += COURSES_AT_ONCE) {
      await addCourses(tx, run, from, Math.min(from + COURSES_AT_ONCE, wanted.courses));
      progress(`courses ${Math.min(from + COURSES_AT_ONCE, wanted.courses)} of ${wanted.courses}`);
    }
    const added = await enroll(tx, run, wanted, progress);
    for (const table of TABLES) await tx.unsafe(`alter table ${table} enable trigger user`);
    // Without statistics the planner would read whole tables for each course.
    await tx`analyze`;
    await makeUp(tx, run, wanted.courses, progress);
    return added;
  });
  progress("statistics for the query planner");
  await sql`vacuum analyze`;
  return { courses: wanted.courses, enrollments };
}

async function addPeople(
  tx: DatabaseTransaction,
  run: string,
  { courses, enrollments, passwordHash }: Parameters<typeof seedMany>[1],
): Promise<void> {
  await tx`
    insert into categories (name, slug)
    select s, trim(both '-' from regexp_replace(lower(s), '[^a-z0-9]+', '-', 'g')) from unnest(${SUBJECTS.en}::text[]) s
    on conflict do nothing`;
  for (
    const [kind, role, count] of [
      ["tutor", 2, Math.ceil(courses / COURSES_PER_TUTOR)],
      ["student", 3, Math.ceil(enrollments / COURSES_PER_STUDENT)],
    ] as const
  ) {
    await tx`
      insert into users (id, email, password_hash, first_name, last_name, role, email_verified_at)
      select ${`${run}-${kind}-`} || n, ${`${kind}-${run}-`} || n || '@example.com', ${passwordHash},
        (${NAMES.first}::text[])[1 + n % ${NAMES.first.length}::integer],
        (${NAMES.last}::text[])[1 + n / ${NAMES.first.length}::integer % ${NAMES.last.length}::integer],
        ${role}, now()
      from generate_series(0, ${count}::integer - 1) n`;
  }
}

// Every tenth course is in Russian and every tenth in Spanish. The multipliers are coprime to the lengths of the
// lists, so that neighbours differ.
async function addCourses(tx: DatabaseTransaction, run: string, from: number, to: number): Promise<void> {
  const words = (lists: Record<string, string[]>, step: number) =>
    tx`(case language when 'ru' then ${lists.ru!}::text[] when 'es' then ${lists.es!}::text[] else ${lists
      .en!}::text[] end)[
      1 + n * ${step}::integer % case language when 'ru' then ${lists.ru!.length}::integer
        when 'es' then ${lists.es!.length}::integer else ${lists.en!.length}::integer end
    ]`;
  await tx`
    insert into courses (
      id, slug, title, description, category_id, price_amount, is_published, created_at, level, language, objectives,
      rating_sum, rating_count
    )
    select md5(${run} || '-course-' || n)::uuid, ${`${run}-`} || n,
      format('%s: %s, %s', ${words(SUBJECTS, 7)}, ${words(TOPICS, 11)}, ${words(FORMS, 1)}),
      format('%s. %s. %s. %s.', ${words(TOPICS, 13)}, ${words(FORMS, 5)}, ${words(TOPICS, 17)}, ${
    words(SUBJECTS, 3)
  }),
      (select id from categories where name = (${SUBJECTS.en}::text[])[1 + n * 7 % ${SUBJECTS.en.length}::integer]),
      case when n % 20 = 0 then 0 else 990 + n * 7919 % 20000 end, true, now() - make_interval(mins => n),
      (array['beginner', 'intermediate', 'advanced'])[1 + n % 3], language,
      array[${
    words(TOPICS, 19)
  }], case when n % 3 = 0 then 0 else 30 + n % 21 end, case when n % 3 = 0 then 0 else 10 end
    from (
      select n, case n % 10 when 3 then 'ru' when 7 then 'es' else 'en' end as language
      from generate_series(${from}::integer, ${to}::integer - 1) n
    ) numbered`;
  await tx`
    insert into course_tutors (course_id, user_id)
    select md5(${run} || '-course-' || n)::uuid, ${`${run}-tutor-`} || n / ${COURSES_PER_TUTOR}::integer
    from generate_series(${from}::integer, ${to}::integer - 1) n`;
  await tx`
    insert into course_parts (id, course_id, slug, title, position)
    select md5(${run} || '-part-' || n || '-' || p)::uuid, md5(${run} || '-course-' || n)::uuid,
      ${`${run}-`} || n || '-' || p, 'Part ' || p + 1, p
    from generate_series(${from}::integer, ${to}::integer - 1) n, generate_series(0, 2) p`;
  await tx`
    insert into lessons (part_id, slug, title, position, duration_seconds, is_free_preview, video_id)
    select md5(${run} || '-part-' || n || '-' || p)::uuid, ${`${run}-`} || n || '-' || p || '-' || l,
      (${TOPICS.en}::text[])[1 + (n * 23 + p * 4 + l) % ${TOPICS.en.length}::integer], l, 300 + (n + l) * 37 % 1500,
      p = 0 and l = 0, 'seed-' || n % 100
    from generate_series(${from}::integer, ${to}::integer - 1) n, generate_series(0, 2) p, generate_series(0, 3) l`;
}

/** Enrolls each student in courses spread over the shop, more densely among the first. Nobody gets a course twice. */
async function enroll(
  tx: DatabaseTransaction,
  run: string,
  { courses, enrollments }: { courses: number; enrollments: number },
  progress: Progress,
): Promise<number> {
  let added = 0;
  if (courses === 0) return added;
  for (let from = 0; from < enrollments; from += ENROLLMENTS_AT_ONCE) {
    const to = Math.min(from + ENROLLMENTS_AT_ONCE, enrollments);
    const { count } = await tx`
      with enrolled as (
        insert into enrollments (student_id, course_id, enrolled_at)
        select ${`${run}-student-`} || e / ${COURSES_PER_STUDENT}::integer,
          md5(${run} || '-course-' || floor(${courses}::integer * power(
            (e % ${COURSES_PER_STUDENT}::integer + abs(hashint4(e)::bigint) % 1000 / 1000.0)
              / ${COURSES_PER_STUDENT}::integer, 2))::integer)::uuid,
          now() - make_interval(mins => e % 500000)
        from generate_series(${from}::integer, ${to}::integer - 1) e
        on conflict do nothing returning student_id, course_id, enrolled_at
      )
      insert into grants (student_id, course_id, source, starts_at)
      select student_id, course_id, 'import', enrolled_at from enrolled`;
    added += count;
    progress(`enrollments ${to} of ${enrollments}`);
  }
  return added;
}

/** Computes the data that the triggers would have maintained. */
async function makeUp(
  tx: DatabaseTransaction,
  run: string,
  courses: number,
  progress: Progress,
): Promise<void> {
  progress("counting students");
  await tx`
    update courses c set student_count = n.students
    from (select course_id, count(*)::integer as students from enrollments group by course_id) n
    where c.id = n.course_id and c.student_count <> n.students`;
  await tx`
    update catalogue_size
    set course_count = (select count(*) from courses where is_published and archived_at is null)`;
  await tx`
    update categories k set course_count = n.courses
    from (
      select category_id, count(*)::integer as courses from courses
      where is_published and archived_at is null group by category_id
    ) n where n.category_id = k.id`;
  for (let from = 0; from < courses; from += COURSES_AT_ONCE) {
    const to = Math.min(from + COURSES_AT_ONCE, courses);
    const ids = tx`
      select md5(${run} || '-course-' || n)::uuid from generate_series(${from}::integer, ${to}::integer - 1) n`;
    await tx`insert into course_summaries (course_id) ${ids}`;
    await tx`select refresh_course_summaries(array(${ids}))`;
    progress(`search ${to} of ${courses}`);
  }
}

/** Reads a whole number of at least 0 from the command line. */
function numberOf(text: string | undefined, name: string): number {
  const number = Number(text);
  if (text === undefined || !Number.isInteger(number) || number < 0 || number > 10_000_000) {
    throw new Error(`Usage: deno task seed --courses <number> --enrollments <number>; --${name} is not one.`);
  }
  return number;
}

if (import.meta.main) {
  try {
    const { values } = parseArgs({
      options: { courses: { type: "string" }, enrollments: { type: "string" } },
    });
    const wanted = {
      courses: numberOf(values.courses, "courses"),
      enrollments: numberOf(values.enrollments, "enrollments"),
    };
    const began = performance.now();
    const seconds = () => ((performance.now() - began) / 1000).toFixed(1).padStart(6);
    const sql = await connect(await databaseUrl(), {
      max: 1,
      deadlines: { answer: Infinity },
    });
    const passwords = argon2Passwords();
    const passwordHash = await passwords.hash(SAMPLE_PASSWORD);
    passwords.close();
    const added = await seedMany(
      sql,
      { ...wanted, passwordHash },
      (line) => console.log(`${seconds()} s  ${line}`),
    );
    await sql.end({ timeout: 1 });
    console.log(`${seconds()} s  added ${added.courses} courses and ${added.enrollments} enrollments`);
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error));
    Deno.exit(1);
  }
}
