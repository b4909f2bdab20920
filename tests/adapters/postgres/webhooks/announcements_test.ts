import assert from "node:assert/strict";
import type { Database } from "../../../../adapters/postgres/queries.ts";
import { EVENT_TYPES } from "../../../../domain/webhooks/ports.ts";
import { databaseTest } from "../../../support/test_database.ts";

const STUDENT = "student";

async function addEndpoint(sql: Database): Promise<string> {
  const [row] = await sql<[{ id: string }]>`
    insert into webhook_endpoints (url, event_types, secret) values ('https://hooks.example/', ${[
    ...EVENT_TYPES,
  ]}::text[], 's')
    returning id`;
  return row.id;
}

/** Returns the events announced since the last call, in their order. */
async function announced(sql: Database): Promise<string[]> {
  const rows = await sql<{ type: string }[]>`
    with told as (delete from webhook_messages returning type, occurred_at) select type from told order by occurred_at`;
  return rows.map(({ type }) => type);
}

async function addStudent(sql: Database): Promise<void> {
  await sql`
    insert into users (id, email, password_hash, first_name, last_name, role)
    values (${STUDENT}, 'ada@example.com', '', 'Ada', 'Lovelace', 3)`;
}

async function addCourse(sql: Database, { lessons = 1 } = {}): Promise<{ id: string; lessons: string[] }> {
  const [course] = await sql<[{ id: string }]>`
    insert into courses (slug, title, is_published, price_amount)
    values (${crypto.randomUUID()}, 'Algebra', true, 4900) returning id`;
  const rows = await sql<{ id: string }[]>`
    with part as (insert into course_parts (course_id, slug, title, position) values (${course.id}, gen_random_uuid()::text, 'One', 1) returning id)
    insert into lessons (part_id, slug, title, position) select part.id, gen_random_uuid()::text, 'A lesson', n
    from part, generate_series(1, ${lessons}::int) n returning id`;
  return { id: course.id, lessons: rows.map(({ id }) => id) };
}

async function addOrder(sql: Database): Promise<string> {
  const [order] = await sql<[{ id: string }]>`
    insert into orders (student_id, student_email, state, subtotal_amount, currency, session_expires_at)
    values (${STUDENT}, 'ada@example.com', 'created', 100, 'usd', now()) returning id`;
  return order.id;
}

async function addGrant(sql: Database, courseId: string, hold: string | null = null) {
  await sql`
    insert into grants (student_id, course_id, source, payment_hold)
    values (${STUDENT}, ${courseId}, 'administrator', ${hold})`;
}

databaseTest("access that ended and begins again is told each time", async ({ sql }) => {
  await addEndpoint(sql);
  const course = await addCourse(sql);
  await announced(sql);
  await addGrant(sql, course.id);
  const hold = (reason: string | null) => sql`update grants set payment_hold = ${reason}`;
  assert.deepEqual(await announced(sql), ["access.granted"]);
  await hold("refunded");
  await hold(null);
  await hold("dispute_lost");
  await hold("refunded");
  assert.deepEqual(await announced(sql), ["access.ended", "access.granted", "access.ended"]);
  await sql`update grants set revoked_at = now()`;
  await hold(null);
  assert.deepEqual(await announced(sql), [], "it had ended before, and stays so");
});

databaseTest("a grant that begins suspended is told when it is no longer", async ({ sql }) => {
  await addEndpoint(sql);
  const course = await addCourse(sql);
  await announced(sql);
  await addGrant(sql, course.id, "disputed");
  assert.deepEqual(await announced(sql), []);
  await sql`update grants set payment_hold = null`;
  assert.deepEqual(await announced(sql), ["access.granted"]);
});

databaseTest("an endpoint is not told of what happened before it was added", async ({ sql }) => {
  await addStudent(sql);
  const course = await addCourse(sql);
  await sql`
    insert into disputes (id, order_id, payment_intent_id, amount, currency, status, reason, observed_at)
    values ('dp_1', ${await addOrder(sql)}, 'pi_1', 100, 'usd', 'won', '', now())`;
  const watch = () =>
    sql`
    insert into lesson_progress as p (student_id, lesson_id, completed_at) values (${STUDENT}, ${course
      .lessons[0]!}, now())
    on conflict (student_id, lesson_id) do update set completed_at = p.completed_at`;
  await watch();
  await addGrant(sql, course.id);
  await sql`update grants set revoked_at = now()`;
  await addEndpoint(sql);
  await sql`update disputes set status = 'won', order_id = order_id`;
  await watch();
  await sql`update grants set payment_hold = 'refunded'`;
  assert.deepEqual(await announced(sql), []);
});

databaseTest("a dispute whose end changes is told again", async ({ sql }) => {
  await addEndpoint(sql);
  await sql`
    insert into disputes (id, order_id, payment_intent_id, amount, currency, status, reason, observed_at)
    values ('dp_1', null, 'pi_1', 100, 'usd', 'lost', '', now())`;
  assert.deepEqual(await announced(sql), [], "its order is not known yet");
  await sql`update disputes set order_id = ${await addOrder(sql)}`;
  await sql`update disputes set status = 'won'`;
  await sql`update disputes set status = 'won'`;
  assert.deepEqual(await announced(sql), ["dispute.opened", "dispute.closed", "dispute.closed"]);
});

databaseTest("a course that is on sale when it is deleted is told to have left it", async ({ sql }) => {
  await addEndpoint(sql);
  const { id } = await addCourse(sql);
  await sql`delete from courses where id = ${id}`;
  assert.deepEqual(await announced(sql), ["course.unpublished"]);
  const { id: other } = await addCourse(sql);
  await sql`update courses set is_published = false, archived_at = now() where id = ${other}`;
  await sql`delete from courses where id = ${other}`;
  assert.deepEqual(await announced(sql), ["course.unpublished"], "once");
});

databaseTest(
  "a course whose last two lessons are completed at once is told as completed",
  async ({ sql }) => {
    await addStudent(sql);
    await addEndpoint(sql);
    const { lessons } = await addCourse(sql, { lessons: 2 });
    await announced(sql);
    const complete = (lesson: string) =>
      sql.begin(async (tx) => {
        await tx`
        insert into lesson_progress (student_id, lesson_id, completed_at) values (${STUDENT}, ${lesson}, now())`;
        await new Promise((resolve) => setTimeout(resolve, 100)); // the other one is at it meanwhile
      });
    await Promise.all(lessons.map(complete));
    assert.deepEqual(await announced(sql), ["enrollment.completed"]);
  },
  { on: ["postgres"] },
);

databaseTest("what happens while an endpoint is deleted happens, and is not told to it", async ({ sql }) => {
  const [gone, kept] = [await addEndpoint(sql), await addEndpoint(sql)];
  let registering: Promise<unknown> | null = null;
  await sql.begin(async (tx) => {
    await tx`delete from webhook_endpoints where id = ${gone}`;
    registering = addStudent(sql);
    await new Promise((resolve) => setTimeout(resolve, 200)); // it waits for this transaction
  });
  await registering;
  const rows = await sql<{ endpoint: string }[]>`select endpoint_id as endpoint from webhook_deliveries`;
  assert.deepEqual(rows.map(({ endpoint }) => endpoint), [kept]);
}, { on: ["postgres"] });
