import type { Database, Queries } from "../../adapters/postgres/queries.ts";
import type { OrderState } from "../../domain/checkout/ports.ts";

/** When the orders of a test are made, unless it says otherwise. */
export const MADE = "2026-03-01T12:00:00Z";

/** Puts courses of 40.00 USD with a lesson each into the shop; returns their ids, as its lesson's. */
export async function addCourses<Slug extends string>(
  sql: Queries,
  ...slugs: Slug[]
): Promise<Record<Slug, string>> {
  const ids = await sql<{ slug: Slug; id: string }[]>`
    with course as (
      insert into courses (slug, title, price_amount, is_published)
      select slug, slug, 4000, true from unnest(${slugs as string[]}::text[]) slug returning id, slug
    ), part as (
      insert into course_parts (course_id, slug, position) select id, slug, 0 from course returning id, course_id, slug
    ), lesson as (
      insert into lessons (id, part_id, slug, position) select course_id, id, 'lesson-of-' || slug, 0 from part
    )
    select slug, id from course`;
  return Object.fromEntries(ids.map(({ slug, id }) => [slug, id])) as Record<Slug, string>;
}

/** Puts an order with its payment and lines into the shop, as little as there is to be said of it; returns its id. */
export async function placeRows(
  sql: Queries,
  studentId: string,
  courses: string[],
  state: OrderState = "paid",
  madeAt = MADE,
  id: string = crypto.randomUUID(),
): Promise<string> {
  const total = 4000 * courses.length;
  await sql`
    insert into orders (id, student_id, student_email, state, subtotal_amount, currency, session_expires_at, created_at)
    values (${id}, ${studentId}, '', ${state}, ${total}, 'usd', ${madeAt}, ${madeAt})`;
  await sql`
    insert into payments (order_id, student_id, amount, currency, method, status)
    values (${id}, ${studentId}, ${total}, 'usd', 'stripe', 1)`;
  await sql`
    insert into order_lines (order_id, order_state, student_id, course_id, course_slug, title, amount, position)
    select ${id}, ${state}, ${studentId}, course, 'c', 'C', 4000, position - 1
    from unnest(${courses}::uuid[]) with ordinality as bought(course, position)`;
  return id;
}

/** Gives what the lines of an order bought. */
export async function grantRows(sql: Queries, orderId: string): Promise<void> {
  await sql`
    insert into grants (student_id, course_id, source, order_line_id, created_at, starts_at)
    select student_id, course_id, 'order_line', id, ${MADE}, ${MADE} from order_lines where order_id = ${orderId}`;
}

/** Does something that leaves no trace in the database. */
export async function rolledBack(sql: Database, work: (tx: Queries) => Promise<unknown>): Promise<void> {
  const done = new Error("All is taken back.");
  await sql.begin(async (tx) => {
    await work(tx);
    throw done;
  }).catch((error) => {
    if (error !== done) throw error;
  });
}
