/** A condition of SQL, how it is taken out, and the tests that must notice. */
export type SqlCondition = {
  what: string;
  file: string;
  /** Stands in the file once. */
  find: string;
  replace: string;
  tests: string[];
  /** Which of the tests, as `deno test --filter` takes it. */
  filter: string;
};

const LATE = ["tests/adapters/late_news_test.ts"];
const VIOLATIONS = ["tests/adapters/violations_test.ts"];

type Change = [what: string, find: string, replace: string, filter?: string];

/** `filter`: of those that name none. */
function among(file: string, tests: string[], filter: string, changes: Change[]): SqlCondition[] {
  return changes.map(([what, find, replace, own = filter]) => ({
    what,
    file,
    find,
    replace,
    tests,
    filter: own,
  }));
}

export const SQL_CONDITIONS: SqlCondition[] = [
  ...among("migrations/0021_receipts.sql", LATE, "a receipt keeps", [
    [
      "a receipt is numbered and dated once",
      "when (new.receipt_number is null and new.state in",
      "when (new.state in",
    ],
    [
      "an order that is refunded before its payment is told has a number",
      "('paid', 'partially_refunded', 'refunded'))\n  execute",
      "('paid', 'partially_refunded'))\n  execute",
    ],
    [
      "so has one of which a part is refunded",
      "('paid', 'partially_refunded', 'refunded'))\n  execute",
      "('paid', 'refunded'))\n  execute",
    ],
  ]),
  ...among("adapters/postgres/checkout/orders.ts", LATE, "account that has ended", [
    [
      "a page of an earlier attempt is not saved",
      "and o.attempt = ${attempt} and (o.state",
      "and (o.state",
      "saved late",
    ],
    [
      "a page that is saved late opens nothing",
      "(o.state = 'created' or exists (",
      "(true or exists (",
      "saved late",
    ],
    [
      "a deactivated account places no order",
      "and u.deactivated_at is null and u.erased_at",
      "and u.erased_at",
    ],
    [
      "an erased account places no order",
      "u.deactivated_at is null and u.erased_at is null",
      "u.deactivated_at is null",
    ],
    [
      "an archived course is not on sale",
      '${onSale(sql)} as "isPublished"',
      'c.is_published as "isPublished"',
    ],
  ]),
  ...among("adapters/postgres/settlement/books.ts", LATE, "what is told late", [
    ["an older dispute gives way", "where d.observed_at <= excluded.observed_at", ""],
    ["an older decline gives way", "and (declined_at is null or declined_at < ${declinedAt})", ""],
    ["a decline is its own order's", "where order_id = ${orderId} and (declined_at", "where (declined_at"],
    [
      "an outcome that ranks lower gives way",
      "session_outcome_rank(s.outcome) < session_outcome_rank(excluded.outcome)",
      "true",
    ],
    [
      "a mismatch that is over is taken back",
      "or s.outcome = excluded.outcome and s.mismatch is not null and excluded.mismatch is null",
      "",
    ],
    [
      "a mismatch that is over does not come back",
      "s.mismatch is not null and excluded.mismatch is null",
      "true",
    ],
  ]),
  ...among("adapters/postgres/settlement/refunds.ts", LATE, "a refund is asked for once", [
    [
      "a refund that Stripe has is not asked for again",
      "r.stripe_refund_id is null and (r.status = 'canceled'",
      "(r.status = 'canceled'",
    ],
    ["a refund that was submitted is not asked for again", "or r.status = 'requested'\n", "or true\n"],
    [
      "a refund is asked for once",
      "and (r.amount, r.payment_intent_id) <> (excluded.amount, excluded.payment_intent_id)",
      "",
    ],
    ["a withdrawn refund may be due once more", "r.status = 'canceled' or r.status", "r.status"],
    [
      "a submitted refund is not withdrawn",
      "'no longer due', updated_at = statement_timestamp()\n        where id = ${refundId} and status = 'requested'",
      "'no longer due', updated_at = statement_timestamp()\n        where id = ${refundId}",
    ],
    [
      "a refund is submitted once",
      "where id = ${refundId} and status = 'requested'\n        returning id",
      "where id = ${refundId}\n        returning id",
    ],
  ]),
  ...among("adapters/postgres/promotions/promotions.ts", LATE, "a code is used by", [
    [
      "a student's own uses of a code are told apart",
      "filter (where r.student_id = ${studentId})",
      "filter (where true)",
    ],
    [
      "a released use is none",
      "r.promotion_id = ${row.id} and r.released_at is null",
      "r.promotion_id = ${row.id}",
    ],
    [
      "the buyer's own orders are left out",
      "and r.order_id <> all(${exceptOrderIds}::uuid[])",
      "and ${exceptOrderIds}::uuid[] is not null",
    ],
    ["a released use is none to its owner", "and r.released_at is null group by", "group by"],
  ]),
  ...among("adapters/postgres/orders/refundable_orders.ts", LATE, "what others watched", [
    [
      "what others watched is theirs",
      "on w.lesson_id = e.id and w.student_id = line.student_id",
      "on w.lesson_id = e.id",
    ],
    [
      "what others watched of a removed lesson is theirs",
      "on w.course_id = line.course_id and w.student_id = line.student_id",
      "on w.course_id = line.course_id",
    ],
    [
      "tickets of others are theirs",
      "on a.viewer_id = line.student_id and a.course_id = line.course_id\n        where a.outcome",
      "on a.course_id = line.course_id\n        where a.outcome",
    ],
  ]),
  ...among("adapters/postgres/operations/violations.ts", VIOLATIONS, "states, grants, refunds", [
    [
      "a line of an order refunded in part needs its grant",
      "where l.order_state in ('paid', 'partially_refunded', 'refunded') and l.no_grant_reason is null",
      "where l.order_state in ('paid', 'refunded') and l.no_grant_reason is null",
    ],
    [
      "a line of a refunded order needs its grant",
      "where l.order_state in ('paid', 'partially_refunded', 'refunded') and l.no_grant_reason is null",
      "where l.order_state in ('paid', 'partially_refunded') and l.no_grant_reason is null",
    ],
    [
      "a revoked grant hangs on nothing",
      "(g.revoked_at is null and g.suspended_at is null and",
      "(g.suspended_at is null and",
    ],
    [
      "a refund under way takes money",
      "where s.outcome = 'paid' and r.status in ('requires_action', 'pending', 'succeeded')",
      "where s.outcome = 'paid' and r.status in ('requires_action', 'succeeded')",
    ],
    [
      "a refund that waits for the student takes money",
      "where s.outcome = 'paid' and r.status in ('requires_action', 'pending', 'succeeded')",
      "where s.outcome = 'paid' and r.status in ('pending', 'succeeded')",
    ],
    ["only a paid session holds money", "where s.outcome = 'paid' and r.status in", "where r.status in"],
    [
      "a refund is in the currency of its payment",
      "or count(*) filter (where r.currency <> s.currency) > 0",
      "",
    ],
    ["no payment is above its order", "or p.amount > o.total_amount", ""],
    ["no line gives back more than was paid for it", "or l.is_overdrawn", ""],
    ["a payment is in the currency of its order", "or p.currency <> o.currency", ""],
    ["lines add up to their order", "where l.amount <> o.total_amount or", "where"],
  ]),
];
