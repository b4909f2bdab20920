import assert from "node:assert/strict";
import postgres from "postgres";
import { postgresCatalogue } from "../../adapters/postgres/catalogue.ts";
import type { Database } from "../../adapters/postgres/queries.ts";
import { addCourse } from "../support/shop.ts";
import { databaseTest } from "../support/test_database.ts";

databaseTest(
  "the number of queries of a list and of a course does not grow with the rows",
  async ({ url, sql }) => {
    let queries = 0;
    const counted: Database = postgres(url, {
      max: 1,
      prepare: false,
      types: { bigint: postgres.BigInt },
      fetch_types: false,
      debug: () => void queries++,
    });
    const catalogue = postgresCatalogue(counted);
    const cost = async (read: () => Promise<unknown>) => {
      queries = 0;
      await read();
      return queries;
    };
    const costs = async () => [
      await cost(() => catalogue.published(null, { limit: 100, offset: 0 })),
      await cost(() => catalogue.course("linear-algebra", null)),
    ];
    await addCourse(sql);
    const few = await costs();
    for (let n = 0; n < 20; n++) await addCourse(sql, { title: `More ${n}` });
    await sql`
    insert into lessons (part_id, slug, title, position)
    select p.id, p.slug || n, 'More', n from course_parts p, generate_series(1, 20) n`;
    assert.deepEqual(await costs(), few);
    assert.deepEqual(few, [2, 1], "the list and its count; the course with its parts and lessons");
    await counted.end();
  },
);
