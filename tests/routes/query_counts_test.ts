import assert from "node:assert/strict";
import { addCourse, shopTest, signUp } from "../support/shop.ts";

shopTest(
  "the number of statements of a read does not depend on the rows, including the caller's",
  async (shop) => {
    const { sql } = shop;
    const { id, token } = await signUp(shop);
    const first = await addCourse(sql, { title: "Linear Algebra" });
    await sql`insert into categories (name, slug) values ('Physics', 'physics')`;
    await sql`insert into universities (name, country, city) values ('ETH Zurich', 'Switzerland', 'Zurich')`;
    const buy = async () => {
      await sql`insert into grants (student_id, course_id, source) select ${id}, id, 'import' from courses`;
      await sql`
      insert into enrollments (student_id, course_id) select ${id}, id from courses on conflict do nothing`;
    };
    await buy();
    const [enrollment] = await sql`select id from enrollments`;
    const [part] = await sql`select slug from course_parts`;

    const stranger = await signUp(shop, "stranger@example.com");
    const reads: [path: string, atMost: number, asWhom?: string][] = [
      ["courses/", 2],
      [`courses/${first.id}/`, 2, stranger.token],
      [`courses/${first.slug}/`, 2],
      ["enrollments/", 2],
      [`enrollments/${enrollment!.id}/`, 2],
      ["categories/", 2],
      ["categories/physics/", 2],
      [`course-parts/?course=${first.slug}`, 2],
      [`course-parts/${part!.slug}/`, 2],
      [`lessons/?part=${part!.slug}`, 2],
      ["../core/universities/", 1],
    ];
    const costs = async () => {
      const found: Record<string, number> = {};
      for (const [path, _, asWhom = token] of reads) {
        shop.statements.length = 0;
        const { status } = await shop.call("GET", `/api/courses/${path}`, { token: asWhom });
        assert.equal(status, 200, path);
        found[path] = shop.statements.length;
      }
      return found;
    };
    const few = await costs();
    for (let n = 0; n < 20; n++) await addCourse(sql, { title: `More ${n}` });
    await sql`
    insert into lessons (part_id, slug, title, position)
    select p.id, p.slug || n, 'More', n from course_parts p, generate_series(1, 20) n`;
    await sql`insert into categories (name, slug) select 'More ' || n, 'more-' || n from generate_series(1, 20) n`;
    await sql`
    insert into universities (name, country, city) select 'More ' || n, 'Peru', 'Lima' from generate_series(1, 20) n`;
    await buy();
    assert.deepEqual(await costs(), few);
    for (const [path, atMost] of reads) {
      assert.ok(
        few[path]! <= atMost,
        `${path} costs ${few[path]} statements`,
      );
    }
  },
);
