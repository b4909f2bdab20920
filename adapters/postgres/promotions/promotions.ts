import type { Money } from "../../../domain/money.ts";
import type {
  Promotion,
  PromotionReads,
  PromotionRights,
  Promotions,
} from "../../../domain/promotions/ports.ts";
import { moneyFromJson } from "../json.ts";
import { allOf, listOf, recordset } from "../lists.ts";
import { administers, owns, type Queries, teaches, uuidOrNull } from "../queries.ts";

type PromotionRow = Omit<Promotion, "discount" | "minimums"> & {
  percent: number | null;
  amounts: { currency: string; amountOff: string | null; minimum: string | null }[];
};

/** Returns promotion codes in PostgreSQL. */
export function postgresPromotions(sql: Queries): Promotions {
  async function byId(id: string): Promise<Promotion> {
    const [row] = await sql<PromotionRow[]>`
      select ${promotionColumns(sql)} from promotions m where m.id = ${id}`;
    return toPromotion(row!);
  }

  return {
    async lockByCode(code, studentId, exceptOrderIds) {
      const [row] = await sql<PromotionRow[]>`
        select ${promotionColumns(sql)} from promotions m where m.code = ${code} for update of m`;
      if (!row) return null;
      // Separate statements, so that they see what was committed while waiting for the lock.
      const [power] = await sql<{ isActive: boolean; courseIds: string[] }[]>`
        select m.is_active and ${creatorPrices(sql)} as "isActive", array(
          select c.course_id::text from promotion_courses c
          where c.promotion_id = m.id and ${mayPrice(sql)} order by c.course_id
        ) as "courseIds"
        from promotions m where m.id = ${row.id}`;
      const [redemptions] = await sql<{ all: number; byStudent: number }[]>`
        select count(*)::int as "all",
          (count(*) filter (where r.student_id = ${studentId}))::int as "byStudent"
        from promotion_redemptions r
        where r.promotion_id = ${row.id} and r.released_at is null
          and r.order_id <> all(${exceptOrderIds}::uuid[])`;
      return { promotion: { ...toPromotion(row), ...power! }, redemptions: redemptions! };
    },

    async redeem(promotionId, order) {
      await sql`
        insert into promotion_redemptions (order_id, promotion_id, student_id, redeemed_at)
        values (${order.id}, ${promotionId}, ${order.studentId}, clock_timestamp())`;
    },

    async add(promotion) {
      const { code, createdBy, discount, minimums, courseIds } = promotion;
      const { validFrom, validUntil, maxRedemptions, perStudentLimit } = promotion;
      const [row] = await sql<{ id: string }[]>`
        insert into promotions (
          code, created_by, percent, valid_from, valid_until, max_redemptions, per_student_limit
        )
        values (
          ${code}, ${createdBy}, ${"percent" in discount ? discount.percent : null}, ${validFrom},
          ${validUntil}, ${maxRedemptions}, ${perStudentLimit}
        )
        on conflict (code) do nothing returning id`;
      if (!row) return null;
      const amounts = amountRows("amounts" in discount ? discount.amounts : [], minimums);
      await sql`
        insert into promotion_amounts (promotion_id, currency, amount_off, minimum_amount)
        select ${row.id}, currency, amount_off, minimum_amount
        from ${recordset(sql, amounts)}
          as given(currency text, amount_off bigint, minimum_amount bigint)`;
      await sql`
        insert into promotion_courses (promotion_id, course_id)
        select ${row.id}, unnest(${courseIds}::uuid[])`;
      return await byId(row.id);
    },

    async lock(id, callerId) {
      const [row] = await sql<(PromotionRow & PromotionRights)[]>`
        select ${promotionColumns(sql)}, ${rightColumns(sql, callerId)}
        from promotions m where m.id = ${uuidOrNull(id)} for update of m`;
      return row ? toPromotion(row) : null;
    },

    async used(id) {
      const [row] = await sql<{ all: number; byOneStudent: number }[]>`
        select coalesce(sum(count), 0)::int as "all", coalesce(max(count), 0)::int as "byOneStudent"
        from (
          select count(*) from promotion_redemptions r
          where r.promotion_id = ${uuidOrNull(id)} and r.released_at is null group by r.student_id
        ) of_students`;
      return row!;
    },

    async endPowerless(creatorId) {
      await sql`
        update promotions m set is_active = false, updated_at = statement_timestamp()
        where m.created_by = ${creatorId} and m.is_active and not ${creatorPrices(sql)}`;
    },

    async change(id, change) {
      const { validFrom, validUntil, maxRedemptions, perStudentLimit, isActive, endedBy, createdBy } = change;
      await sql`
        update promotions set updated_at = statement_timestamp()
          ${validFrom === undefined ? sql`` : sql`, valid_from = ${validFrom}`}
          ${validUntil === undefined ? sql`` : sql`, valid_until = ${validUntil}`}
          ${maxRedemptions === undefined ? sql`` : sql`, max_redemptions = ${maxRedemptions}`}
          ${perStudentLimit === undefined ? sql`` : sql`, per_student_limit = ${perStudentLimit}`}
          ${isActive === undefined ? sql`` : sql`, is_active = ${isActive}`}
          ${endedBy === undefined ? sql`` : sql`, ended_by = ${endedBy}`}
          ${createdBy === undefined ? sql`` : sql`, created_by = ${createdBy}`}
        where id = ${id}`;
      return await byId(id);
    },

    async coursesTaught(courseIds, tutorId) {
      const rows = await sql<{ id: string }[]>`
        select c.id from courses c where c.id = any(${courseIds.filter(uuidOrNull)}::uuid[])
          ${tutorId === null ? sql`` : sql`and ${teaches(sql, "c.id", tutorId)}`}`;
      return rows.map(({ id }) => id);
    },
  };
}

/** Returns reads of promotion codes in PostgreSQL. */
export function postgresPromotionReads(sql: Queries): PromotionReads {
  return {
    async list({ visibleTo, code, isActive }, range) {
      const filtered = sql`from promotions m where ${
        allOf(sql, [
          visibleTo === null
            ? undefined
            : sql`(${isTheirs(sql, visibleTo)} or ${ownsCourse(sql, visibleTo)})`,
          code === undefined ? undefined : sql`m.code = upper(${code})`,
          isActive === undefined ? undefined : sql`m.is_active = ${isActive}`,
        ])
      }`;
      const { count, rows } = await listOf<PromotionRow & { redemptions: number }>(sql, {
        select: sql`${promotionColumns(sql)}, ${redemptionCount(sql)} as redemptions`,
        from: filtered,
        order: sql`m.created_at desc, m.id`,
      }, range);
      const promotions = rows.map(({ redemptions, ...row }) => ({ ...toPromotion(row), redemptions }));
      return { count, promotions };
    },

    async byId(id, callerId) {
      const [found] = await sql<(PromotionRow & PromotionRights & { redemptions: number })[]>`
        select ${promotionColumns(sql)}, ${rightColumns(sql, callerId)}, ${
        redemptionCount(sql)
      } as redemptions
        from promotions m where m.id = ${uuidOrNull(id)}`;
      if (!found) return null;
      const { redemptions, ...row } = found;
      return { ...toPromotion(row), redemptions };
    },
  };
}

function redemptionCount(sql: Queries) {
  return sql`(
    select count(*)::int from promotion_redemptions r where r.promotion_id = m.id and r.released_at is null
  )`;
}

/**
 * Returns SQL that is true if the creator of the promotion `m` may price the course of its row `c`; administrators
 * may price any.
 */
function mayPrice(sql: Queries) {
  return sql`(${teaches(sql, "c.course_id", sql`m.created_by`)} or ${administers(sql, sql`m.created_by`)})`;
}

/**
 * Returns SQL that is true if the creator of the promotion `m` may price at least one of its courses; a code for all
 * courses needs an administrator.
 */
function creatorPrices(sql: Queries) {
  return sql`(${administers(sql, sql`m.created_by`)} or exists (
    select from promotion_courses c where c.promotion_id = m.id and ${mayPrice(sql)}
  ))`;
}

function isTheirs(sql: Queries, personId: string) {
  return sql`(m.created_by = ${personId} and ${creatorPrices(sql)})`;
}

function ownsCourse(sql: Queries, personId: string) {
  return sql`exists (
    select from promotion_courses c where c.promotion_id = m.id and ${owns(sql, "c.course_id", personId)}
  )`;
}

function rightColumns(sql: Queries, callerId: string) {
  return sql`
    ${isTheirs(sql, callerId)} as "isTheirs", ${ownsCourse(sql, callerId)} as "ownsCourse",
    ${administers(sql, sql`m.created_by`)} as "isShops", not ${creatorPrices(sql)} as "isOrphaned",
    m.ended_by as "endedBy"`;
}

function promotionColumns(sql: Queries) {
  return sql`
    m.id, m.code, m.created_by as "createdBy", m.percent, m.valid_from as "validFrom",
    m.valid_until as "validUntil", m.max_redemptions as "maxRedemptions",
    m.per_student_limit as "perStudentLimit", m.is_active as "isActive", m.created_at as "createdAt",
    coalesce((
      select jsonb_agg(
        jsonb_build_object(
          'currency', a.currency, 'amountOff', a.amount_off::text, 'minimum', a.minimum_amount::text
        ) order by a.currency)
      from promotion_amounts a where a.promotion_id = m.id
    ), '[]') as amounts,
    array(
      select c.course_id::text from promotion_courses c where c.promotion_id = m.id order by c.course_id
    ) as "courseIds"`;
}

function toPromotion<More>({ percent, amounts, ...promotion }: PromotionRow & More) {
  const money = (column: "amountOff" | "minimum") =>
    amounts.flatMap(({ currency, [column]: amount }): Money[] =>
      amount === null ? [] : [moneyFromJson({ amount, currency })]
    );
  return {
    ...promotion,
    discount: percent === null ? { amounts: money("amountOff") } : { percent },
    minimums: money("minimum"),
  };
}

/** Returns one row per currency with the discount and the minimum. */
function amountRows(amounts: Money[], minimums: Money[]) {
  const currencies = new Set([...amounts, ...minimums].map(({ currency }) => currency));
  const find = (all: Money[], currency: string) =>
    all.find((money) => money.currency === currency)?.amount ?? null;
  return [...currencies].map((currency) => ({
    currency,
    amount_off: find(amounts, currency),
    minimum_amount: find(minimums, currency),
  }));
}
