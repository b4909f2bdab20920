import type {
  CourseStatistics,
  LessonFigures,
  Statistics,
  TutorCourse,
  TutorStatistics,
} from "../../../domain/statistics/ports.ts";
import type { Money } from "../../../domain/money.ts";
import { lineEarned } from "../orders/amounts.ts";
import { isSold, sales, shares } from "./earnings.ts";
import { type AsJson, moneyFromJson } from "../json.ts";
import { hasActiveGrant, pageOfRows, type Queries } from "../queries.ts";

type Amount = AsJson<Money>;
type TutorRow =
  & Omit<TutorStatistics, "earnings" | "otherEarnings" | "months" | "courses">
  & {
    currency: string;
    earned: Amount[];
    months: { month: string; amount: string; students: number }[];
    courses: (Omit<TutorStatistics["courses"][number], "earnings"> & Amount)[];
  };
type CourseRow = Omit<TutorCourse, "price" | "earnings"> & {
  amount: bigint;
  currency: string;
  earned: bigint;
};

/**
 * Returns figures on courses, in PostgreSQL. Each takes one query, however many courses, students and sales there
 * are.
 */
export function postgresStatistics(sql: Queries): Statistics {
  return {
    async ofTutor(tutorId) {
      const [row] = await sql<[TutorRow]>`
        with taught as (
          select c.* from course_tutors t join courses c on c.id = t.course_id where t.user_id = ${tutorId}
        ), ${shares(sql, tutorId)}, ${sales(sql)}, joined as (
          select e.student_id, e.course_id, e.enrolled_at from taught t join enrollments e on e.course_id = t.id
        ), main as (
          select coalesce((
            select currency from sales group by currency order by count(*) desc, currency limit 1
          ), 'usd') as currency
        )
        select main.currency,
          coalesce((
            select jsonb_agg(jsonb_build_object('currency', s.currency, 'amount', s.earned::text) order by s.currency)
            from (select currency, sum(earned) as earned from sales group by currency) s
          ), '[]') as earned,
          (
            select count(distinct j.student_id)::integer from joined j
            where ${hasActiveGrant(sql, sql`j.course_id`, sql`j.student_id`)}
          ) as "activeStudents",
          (select count(*)::integer from taught where is_published and archived_at is null) as "publishedCourses",
          (select count(*)::integer from taught where not is_published and archived_at is null) as "draftCourses",
          (
            select round(sum(rating_sum)::numeric / nullif(sum(rating_count), 0), 2)::float8 from taught
          ) as "averageRating",
          (select coalesce(sum(rating_count), 0)::integer from taught) as reviews,
          (
            select count(*)::integer from joined where enrolled_at > statement_timestamp() - interval '30 days'
          ) as "recentEnrollments",
          (
            select jsonb_agg(jsonb_build_object(
              'month', to_char(m.month, 'YYYY-MM'),
              'amount', coalesce(s.earned, 0)::text,
              'students', coalesce(j.students, 0)
            ) order by m.month)
            from generate_series(
              date_trunc('month', statement_timestamp() at time zone 'UTC') - interval '11 months',
              date_trunc('month', statement_timestamp() at time zone 'UTC'), interval '1 month'
            ) m(month)
            left join (
              select date_trunc('month', sold_at at time zone 'UTC') as month, sum(earned) as earned
              from sales, main where sales.currency = main.currency group by 1
            ) s on s.month = m.month
            left join (
              select date_trunc('month', enrolled_at at time zone 'UTC') as month, count(*)::integer as students
              from joined group by 1
            ) j on j.month = m.month
          ) as months,
          coalesce((
            select jsonb_agg(jsonb_build_object(
              'id', p.id, 'slug', p.slug, 'title', p.title, 'students', p.student_count,
              'rating', ${ratingOf(sql)}, 'amount', p.earned::text, 'currency', p.price_currency
            ) order by p.earned desc, p.student_count desc, p.id)
            from (
              select t.id, t.slug, t.title, t.student_count, t.rating_sum, t.rating_count, t.price_currency,
                coalesce(s.earned, 0) as earned
              from taught t left join (
                select course_id, currency, sum(earned) as earned from sales group by course_id, currency
              ) s on s.course_id = t.id and s.currency = t.price_currency
              where t.archived_at is null
              order by earned desc, t.student_count desc, t.id limit 100
            ) p
          ), '[]') as courses
        from main`;
      return toTutorStatistics(row);
    },

    async coursesOf(tutorId, range) {
      const rows = await sql<({ total: number } & (CourseRow | { id: null }))[]>`
        with mine as (
          select c.* from course_tutors t join courses c on c.id = t.course_id
          where t.user_id = ${tutorId} and c.archived_at is null
        ), ${shares(sql, tutorId)}, ${sales(sql)}
        select (select count(*)::integer from mine) as total, page.* from (select) one left join (
          select p.id, p.slug, p.title, p.description, p.thumbnail_key as "thumbnailKey", p.price_amount as amount,
            p.price_currency as currency, p.is_published as "isPublished", p.updated_at as "updatedAt",
            p.student_count as students, p.rating_count as reviews, ${ratingOf(sql)} as rating,
            (
              select count(*)::integer from course_parts s join lessons l on l.part_id = s.id where s.course_id = p.id
            ) as lessons,
            (
              select coalesce(sum(earned), 0)::bigint from sales
              where sales.course_id = p.id and sales.currency = p.price_currency
            ) as earned
          from (select * from mine order by updated_at desc, id ${pageOfRows(sql, range)}) p
        ) page on true
        order by page."updatedAt" desc, page.id`;
      const courses = rows.flatMap((row) => row.id === null ? [] : [toTutorCourse(row)]);
      return { count: rows[0]!.total, courses };
    },

    async ofCourse(courseId) {
      const [row] = await sql<
        (Omit<CourseStatistics, "earnings"> & {
          earned: bigint;
          currency: string;
          lessons: LessonFigures[];
        })[]
      >`
        with students as (
          select student_id from enrollments where course_id = ${courseId}
        ), steps as (
          select l.id, l.slug, l.title, s.title as part,
            row_number() over (order by s.position, s.created_at, s.id, l.position, l.created_at, l.id) as place
          from course_parts s join lessons l on l.part_id = s.id where s.course_id = ${courseId}
        ), progress as (
          select p.student_id, p.lesson_id, p.watched_seconds, p.completed_at
          from steps join lesson_progress p on p.lesson_id = steps.id
          where p.student_id in (select student_id from students)
        )
        select
          (select count(*)::integer from students) as students,
          (
            select count(*)::integer from students s
            where ${hasActiveGrant(sql, sql`${courseId}::uuid`, sql`s.student_id`)}
          ) as "activeStudents",
          (select count(distinct student_id)::integer from progress) as "startedStudents",
          (
            select count(*)::integer from (
              select student_id from progress where completed_at is not null group by student_id
              having count(*) = (select count(*) from steps)
            ) done
          ) as "completedStudents",
          (select coalesce(sum(watched_seconds), 0)::float8 from progress) as "watchedSeconds",
          (
            select coalesce(sum(${lineEarned(sql)}), 0)::bigint
            from order_lines l join orders o on o.id = l.order_id
            where l.course_id = c.id and o.currency = c.price_currency and ${isSold(sql)}
          ) as earned,
          c.price_currency as currency,
          (
            select count(*)::integer from comments m
            where m.lesson_id in (select id from steps) and m.deleted_at is null and m.hidden_at is null
          ) as comments,
          ${sql`(select ${ratingOf(sql)} from (select c.rating_sum, c.rating_count) p)`} as rating,
          (
            select array_agg((
              select count(*)::integer from reviews r
              where r.course_id = c.id and r.rating = star and r.hidden_at is null
            ) order by star) from generate_series(1, 5) star
          ) as stars,
          coalesce((
            select jsonb_agg(
              jsonb_build_object(
                'id', steps.id, 'slug', steps.slug, 'title', steps.title, 'part', steps.part,
                'started', coalesce(n.started, 0), 'completed', coalesce(n.completed, 0),
                'watchedSeconds', coalesce(n.watched, 0)
              ) order by steps.place)
            from steps left join (
              select lesson_id, count(*) as started, count(completed_at) as completed, sum(watched_seconds) as watched
              from progress group by lesson_id
            ) n on n.lesson_id = steps.id
          ), '[]') as lessons
        from courses c where c.id = ${courseId}`;
      const { earned, currency, ...figures } = row!;
      return { ...figures, earnings: { amount: earned, currency } };
    },
  };
}

/** Returns SQL for the mean of the reviews of the course `p`, to two decimals; null if there are none. */
const ratingOf = (sql: Queries) => sql`round(p.rating_sum::numeric / nullif(p.rating_count, 0), 2)::float8`;

function toTutorStatistics({ currency, earned, months, courses, ...figures }: TutorRow): TutorStatistics {
  const main = earned.find((part) => part.currency === currency) ?? { amount: "0", currency };
  return {
    ...figures,
    earnings: moneyFromJson(main),
    otherEarnings: earned.filter((part) => part !== main).map(moneyFromJson),
    months: months.map(({ month, amount, students }) => ({
      month,
      students,
      earnings: moneyFromJson({ amount, currency }),
    })),
    courses: courses.map(({ amount, currency, ...course }) => ({
      ...course,
      earnings: moneyFromJson({ amount, currency }),
    })),
  };
}

function toTutorCourse(row: CourseRow & { total: number }): TutorCourse {
  const { total: _, amount, currency, earned, ...course } = row;
  return { ...course, price: { amount, currency }, earnings: { amount: earned, currency } };
}
