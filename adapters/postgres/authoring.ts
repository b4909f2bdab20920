import type { Authoring, OwnCourse } from "../../domain/authoring/ports.ts";
import { type Queries, uuidOrNull } from "./queries.ts";

/** Courses for those who make them, in PostgreSQL. */
export function postgresAuthoring(sql: Queries): Authoring {
  return {
    async course(slugOrId, callerId) {
      const [row] = await sql<OwnCourse[]>`
        select ${ownCourseColumns(sql, callerId)} from courses c
        where c.slug = ${slugOrId} or c.id = ${uuidOrNull(slugOrId)}`;
      return row ?? null;
    },

    async changeCourse(id, change) {
      const columns = {
        ...given("title", change.title),
        ...given("description", change.description),
        ...given("category_id", change.categoryId),
        ...given("price_amount", change.priceAmount),
        ...given("thumbnail_key", change.thumbnailKey),
        ...given("is_published", change.isPublished),
        ...given("level", change.level),
        ...given("language", change.language),
        ...given("objectives", change.objectives),
        ...given("requirements", change.requirements),
      };
      const rows = await sql`update courses set ${
        sql(columns)
      }, updated_at = now() where id = ${id} returning id`;
      return rows.length > 0;
    },

    async holdCategory(id) {
      const rows = await sql`select id from categories where id = ${id} for key share`;
      return rows.length > 0;
    },
  };
}

const given = <Value>(column: string, value: Value | undefined) =>
  value === undefined ? {} : { [column]: value };

function ownCourseColumns(sql: Queries, callerId: string) {
  return sql`
    c.id, c.slug, c.title, c.price_currency as currency, c.is_published as "isPublished",
    c.archived_at is not null as "isArchived",
    exists (select from course_tutors t where t.course_id = c.id and t.user_id = ${callerId}) as "isTaught"`;
}
