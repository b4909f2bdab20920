import universities from "../../adapters/postgres/universities/universities.json" with { type: "json" };
import { migrateDatabase } from "../../adapters/composition/migrate_database.ts";
import { joseTokens } from "../../adapters/jose/tokens.ts";
import { createLog } from "../../adapters/log.ts";
import { connect } from "../../adapters/postgres/connection.ts";
import { postgresUniversities } from "../../adapters/postgres/universities/universities.ts";
import { seedMany } from "../../adapters/sandbox/sample/many.ts";
import { serverEnvironment, TOKEN_SECRET } from "../support/environment.ts";
import { freePort } from "../support/postgres_cluster.ts";
import { startShop } from "./load.ts";

/** How many are asked for in turn. */
const IN_TURN = 20;

export type Shop = {
  name: string;
  url: string;
  studentId: string;
  token: string;
  courses: string[];
  tutor: string;
  lesson: string;
};

/** A database of its own with that many courses and enrollments, and who and what is asked for in it. */
export async function prepareShop(
  server: string,
  size: { courses: number; enrollments: number },
): Promise<Shop> {
  const name = `bench_${size.courses}`;
  const administration = await connect(server, { max: 1 });
  await administration.unsafe(`drop database if exists ${name} with (force)`);
  await administration.unsafe(`create database ${name}`);
  await administration.end();
  const url = new URL(server);
  url.pathname = name;
  await migrateDatabase(url.href, createLog("readable", () => {}));
  const sql = await connect(url.href, { max: 1, deadlines: { answer: Infinity } });
  const began = performance.now();
  await postgresUniversities(sql).addMissing(universities);
  const added = await seedMany(sql, { ...size, passwordHash: "-" }, (line) => {
    if (Deno.stdout.isTerminal()) Deno.stdout.writeSync(new TextEncoder().encode(`\r${line.padEnd(60)}`));
  });
  const took = ((performance.now() - began) / 1000).toFixed(0);
  console.log(
    `\rSeeded ${added.courses} courses and ${added.enrollments} enrollments in ${took} s.`.padEnd(60),
  );
  // A lesson without a video, for the video service is no part of this.
  const [row] = await sql<{ student: string; courses: string[]; tutor: string; lesson: string }[]>`
    with lesson as (
      update lessons set video_id = null where id = (
        select l.id from enrollments e join course_parts p on p.course_id = e.course_id join lessons l on l.part_id = p.id
        where not l.is_free_preview order by e.student_id, p.position, l.position limit 1
      ) returning slug, part_id
    )
    select e.student_id as student, lesson.slug as lesson, u.first_name || ' ' || u.last_name as tutor,
      array(select slug from courses order by id limit ${IN_TURN}) as courses
    from lesson join course_parts p on p.id = lesson.part_id join enrollments e on e.course_id = p.course_id
    join course_tutors t on t.course_id = p.course_id join users u on u.id = t.user_id
    order by e.student_id limit 1`;
  const { student: studentId, courses, tutor, lesson } = row!;
  const [session] = await sql<{ id: string }[]>`
    insert into sessions (user_id, expires_at) values (${studentId}, now() + interval '1 day') returning id`;
  await sql`vacuum analyze`;
  await sql.end();
  const token = await joseTokens([TOKEN_SECRET]).issueAccess({
    id: studentId,
    role: 3,
    signInId: session!.id,
  });
  return { name, url: url.href, studentId, token, courses, tutor, lesson };
}

/** Starts the API on a database. */
export async function startApi(
  databaseUrl: string,
  environment: Record<string, string> = {},
): Promise<string> {
  const port = freePort();
  return await startShop(port, {
    ...serverEnvironment({ port, databaseUrl }),
    DATABASE_PREPARED_STATEMENTS: "true",
    RATE_LIMITS: "visit_of_account=999999999/60", // one student plays them all
    ...environment,
  });
}

/** What a caller may see only is asked for with a token. */
export function headersFor(path: string, token: string): Record<string, string> {
  return /enrollments|lessons/.test(path) ? { authorization: `Bearer ${token}` } : {};
}
