import type { Categories, CategoryNames, CountedCategory } from "../../../domain/catalog/ports.ts";
import { findCategory } from "./catalog.ts";
import { recordset } from "../lists.ts";
import type { Queries } from "../queries.ts";

/** Returns changes to categories in PostgreSQL. */
export function postgresCategories(sql: Queries): Categories {
  return {
    async takeTurn() {
      await sql`select pg_advisory_xact_lock(hashtextextended('categories', 0))`;
    },

    find: (slugOrId) => findCategory(sql, slugOrId),

    async taken({ name, slug }, exceptId) {
      const rows = await sql<CategoryNames[]>`
        select name, slug from categories
        where (name = ${name} or slug = ${slug}) and id::text is distinct from ${exceptId}`;
      if (rows.length === 0) return null;
      return rows.some((row) => row.name === name) ? "name" : "slug";
    },

    async slugsLike(slug) {
      const rows = await sql<{ slug: string }[]>`
        select slug from categories where starts_with(slug, ${slug})`;
      return rows.map((row) => row.slug);
    },

    async add({ name, slug }) {
      const [row] = await sql<CountedCategory[]>`
        insert into categories (name, slug) values (${name}, ${slug})
        returning id::text, name, slug, course_count as "courseCount"`;
      return row!;
    },

    async addFirst(categories) {
      const { count } = await sql`
        insert into categories (name, slug)
        select k.name, k.slug from ${recordset(sql, categories)}
          as k(name text, slug text)
        where not exists (select from categories)
        on conflict do nothing`;
      return count;
    },

    async change(id, { name, slug }) {
      const [row] = await sql<CountedCategory[]>`
        update categories set name = ${name}, slug = ${slug} where id::text = ${id}
        returning id::text, name, slug, course_count as "courseCount"`;
      return row!;
    },

    async remove(id) {
      const { count } = await sql`
        delete from categories k where k.id::text = ${id}
          and not exists (select from courses c where c.category_id = k.id)`;
      return count > 0;
    },
  };
}
