import type { Database } from "../../adapters/postgres/queries.ts";
import type { Notice } from "../../domain/notifications/ports.ts";

/** A published course at 49 USD; returns its id. */
export async function addPlainCourse(sql: Database, slug = "algebra"): Promise<string> {
  const title = slug[0]!.toUpperCase() + slug.slice(1);
  const [row] = await sql<{ id: string }[]>`
    insert into courses (slug, title, price_amount, is_published) values (${slug}, ${title}, 4900, true) returning id`;
  return row!.id;
}

/** An order of one course at 49 USD, 9 off, in the given state; returns its id. */
export async function addOrder(sql: Database, studentId: string, state: string): Promise<string> {
  const [row] = await sql<{ id: string }[]>`
    insert into orders (student_id, student_email, state, subtotal_amount, currency, session_expires_at)
    values (${studentId}, 'buyer@example.com', ${state}, 4900, 'usd', now()) returning id`;
  await sql`
    insert into order_lines (order_id, order_state, student_id, course_id, course_slug, title, amount, discount_amount, position)
    values (${row!.id}, ${state}, ${studentId}, ${crypto.randomUUID()}, 'algebra', 'Algebra', 4900, 900, 0)`;
  return row!.id;
}

/** An update of a course with so many students, `student-1` and on, and a notice of it to each. */
export async function addUpdate(sql: Database, students: number, add: (notice: Notice) => Promise<void>) {
  const course = await addPlainCourse(sql);
  const [update] = await sql<{ id: string }[]>`
    insert into course_updates (course_id, author_id, title, body)
    values (${course}, 'nobody', 'News', 'Text') returning id`;
  await sql`
    insert into users (id, email, password_hash, role, email_verified_at)
    select 'student-' || n, 's' || n || '@example.com', 'x', 4, now() from generate_series(1, ${students}::int) n`;
  await sql`
    insert into grants (student_id, course_id, source)
    select 'student-' || n, ${course}, 'administrator' from generate_series(1, ${students}::int) n`;
  for (let n = 1; n <= students; n++) {
    await add({ kind: "course_update", updateId: update!.id, userId: `student-${n}` });
  }
}
