import type { Money } from "../../../domain/money.ts";
import type { CourseOfferReads, CourseOffers } from "../../../domain/pricing/ports.ts";
import { type AsJson, moneyFromJson } from "../json.ts";
import { recordset } from "../lists.ts";
import type { Queries } from "../queries.ts";

/**
 * Returns courses' offers in PostgreSQL: the main price is a column of the course, prices in other currencies have a
 * table.
 */
export function postgresCourseOffers(sql: Queries): CourseOffers & CourseOfferReads {
  return {
    async replace({ courseId, prices, accessDays }) {
      const [own, ...others] = prices;
      await sql`
        update courses set price_amount = ${own!.amount}, price_currency = ${own!.currency},
          access_days = ${accessDays}, updated_at = statement_timestamp()
        where id = ${courseId}`;
      await sql`delete from course_prices where course_id = ${courseId}`;
      await sql`
        insert into course_prices (course_id, currency, amount)
        select ${courseId}, currency, amount
        from ${recordset(sql, others)}
          as price(currency text, amount bigint)`;
    },

    async of(courseId) {
      const [row] = await sql<
        {
          amount: bigint;
          currency: string;
          accessDays: number | null;
          others: AsJson<Money>[];
        }[]
      >`
        select c.price_amount as amount, c.price_currency as currency, c.access_days as "accessDays",
          coalesce((
            select jsonb_agg(
              jsonb_build_object('amount', p.amount::text, 'currency', p.currency) order by p.currency)
            from course_prices p where p.course_id = c.id and p.currency <> c.price_currency
          ), '[]') as others
        from courses c where c.id = ${courseId}`;
      if (!row) return null;
      const { amount, currency, accessDays, others } = row;
      const prices = [
        { amount, currency },
        ...others.map(moneyFromJson),
      ];
      return { courseId, prices, accessDays };
    },
  };
}
