import postgres from "postgres";
import { invalidFields } from "../../../domain/errors.ts";
import type { Universities, University } from "../../../domain/universities/ports.ts";
import { changed, inserted, rowOf } from "../columns.ts";
import { type AsJson, fromJson } from "../json.ts";
import { recordset } from "../lists.ts";
import { likePattern, pageOfRows, type Queries } from "../queries.ts";

/** Universities in PostgreSQL. */
export function postgresUniversities(sql: Queries): Universities {
  return {
    async list(search, range) {
      const pattern = search ? likePattern(search) : null;
      const [page] = await sql<[{ count: number; universities: AsJson<University>[] }]>`
        with fitting as (
          select * from universities
          where ${pattern}::text is null or concat_ws(' ', name, city, country) ilike ${pattern}
        )
        select (select count(*)::int from fitting) as count, coalesce(json_agg(shown), '[]') as universities from (
          select ${universityColumns(sql)} from fitting v order by v.name ${pageOfRows(sql, range)}
        ) shown`;
      return {
        count: page.count,
        universities: page.universities.map((each) =>
          fromJson<University>(each, { createdAt: "date", updatedAt: "date" })
        ),
      };
    },

    async byId(id) {
      const [row] = await sql<University[]>`
        select ${universityColumns(sql)} from universities v where v.id = ${id}`;
      return row ?? null;
    },

    async add(university) {
      const location = `${university.city}, ${university.country}`;
      const [row] = await refuseTakenName(() =>
        sql<University[]>`
        insert into universities as v ${inserted(sql, { location, ...university })}
        returning ${universityColumns(sql)}`
      );
      return row!;
    },

    async change(id, change) {
      const [row] = await refuseTakenName(() =>
        sql<University[]>`
        update universities v set ${changed(sql, change)}
        where v.id = ${id}
        returning ${universityColumns(sql)}`
      );
      return row ?? null;
    },

    async remove(id) {
      const [row] = await sql<University[]>`
        delete from universities v where v.id = ${id} returning ${universityColumns(sql)}`;
      return row ?? null;
    },

    async addMissing(universities) {
      const { count } = await sql`
        insert into universities (name, website, country, city, location)
        select v.name, v.website, v.country, v.city, v.city || ', ' || v.country
        from ${recordset(sql, universities)}
          as v(name text, website text, country text, city text)
        on conflict (name) do nothing`;
      return count;
    },
  };
}

/**
 * Runs a statement that names a university. Throws DomainError `invalid_input` naming the field if it does not exist.
 */
export async function refuseUnknownUniversity<Rows>(run: () => PromiseLike<Rows>): Promise<Rows> {
  return await refusing("23503", { university: ["There is no such university."] }, run);
}

async function refuseTakenName<Rows>(run: () => PromiseLike<Rows>): Promise<Rows> {
  return await refusing("23505", { name: ["Another university has this name."] }, run);
}

/**
 * Runs a statement and refuses the field if it violates a constraint. `code`: the violation, by appendix A of
 * PostgreSQL's manual.
 */
async function refusing<Rows>(
  code: string,
  fields: Record<string, string[]>,
  run: () => PromiseLike<Rows>,
): Promise<Rows> {
  try {
    return await run();
  } catch (error) {
    if (!(error instanceof postgres.PostgresError) || error.code !== code) throw error;
    throw invalidFields(fields);
  }
}

function universityColumns(sql: Queries) {
  return rowOf<University>(sql, "v", {
    id: true,
    name: true,
    description: true,
    logoKey: true,
    website: true,
    country: true,
    city: true,
    location: true,
    globalRank: true,
    countryRank: true,
    createdAt: true,
    updatedAt: true,
  });
}
