import type { Onboarding, OnboardingAnswer } from "../../../domain/accounts/ports.ts";
import { type Queries, uuidOrNull } from "../queries.ts";
import { refuseUnknownUniversity } from "../universities/universities.ts";

/** Onboarding answers in PostgreSQL. */
export function postgresOnboarding(sql: Queries): Onboarding {
  return {
    async of(userId) {
      const [row] = await sql<OnboardingAnswer[]>`
        select ${answerColumns(sql)} from onboarding_answers a where a.user_id = ${userId}`;
      return row ?? null;
    },

    async answer(userId, { universityId = null, degree, graduationYear, interests = "", age = null }) {
      const [row] = await refuseUnknownUniversity(() =>
        sql<OnboardingAnswer[]>`
        insert into onboarding_answers as a (user_id, university_id, degree, graduation_year, interests, age)
        select u.id, ${universityId}::integer, ${degree}, ${graduationYear}::integer, ${interests}, ${age}::integer
        from users u where u.id = ${userId} and u.deactivated_at is null and u.erased_at is null
        for key share
        on conflict (user_id) do update set
          university_id = excluded.university_id, degree = excluded.degree,
          graduation_year = excluded.graduation_year, interests = excluded.interests, age = excluded.age,
          updated_at = statement_timestamp()
        returning ${answerColumns(sql)}`
      );
      return row ?? null;
    },

    async change(userId, id, { universityId, degree, graduationYear, interests, age }) {
      const [row] = await refuseUnknownUniversity(() =>
        sql<OnboardingAnswer[]>`
        update onboarding_answers a set
          university_id = ${universityId === undefined ? sql`a.university_id` : universityId},
          degree = coalesce(${degree ?? null}, a.degree),
          graduation_year = coalesce(${graduationYear ?? null}, a.graduation_year),
          interests = coalesce(${interests ?? null}, a.interests),
          age = ${age === undefined ? sql`a.age` : age},
          updated_at = statement_timestamp()
        where a.user_id = ${userId} and a.id = ${uuidOrNull(id)}
        returning ${answerColumns(sql)}`
      );
      return row ?? null;
    },

    async remove(userId, id) {
      const { count } = await sql`
        delete from onboarding_answers where user_id = ${userId} and id = ${uuidOrNull(id)}`;
      return count > 0;
    },
  };
}

function answerColumns(sql: Queries) {
  return sql`
    a.id, a.user_id as "userId", a.university_id as "universityId", a.degree,
    a.graduation_year as "graduationYear", a.interests, a.age, a.created_at as "createdAt",
    a.updated_at as "updatedAt"`;
}
