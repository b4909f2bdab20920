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

const LATE = ["tests/adapters/postgres/settlement/late_news_test.ts"];
const VIOLATIONS = ["tests/adapters/postgres/operations/violations_test.ts"];
const ENTITLEMENT = ["tests/adapters/postgres/access/entitlement_test.ts"];
const FACTS = ["tests/adapters/postgres/settlement/order_facts_test.ts"];
const BY_CONDITION = ["tests/adapters/postgres/operations/violation_conditions_test.ts"];

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

/** Parts of a text, taken out of it one at a time; a part may have something in its place. */
function outOf(text: string, parts: Record<string, string | [part: string, instead: string]>): Change[] {
  return Object.entries(parts).map(([what, part]) => {
    const [taken, instead] = typeof part === "string" ? [part, ""] : part;
    return [what, text, text.replace(taken, () => instead)];
  });
}

export const SQL_CONDITIONS: SqlCondition[] = [
  ...among("migrations/functions/orders.sql", LATE, "a receipt keeps", [
    [
      "a receipt is numbered and dated once",
      "where id = new.id and receipt_number is null)",
      "where id = new.id)",
    ],
    [
      "an order that is refunded before its payment is told has a number",
      "row\n  when (new.state in ('paid', 'partially_refunded', 'refunded'))\n  execute function number",
      "row\n  when (new.state in ('paid', 'partially_refunded'))\n  execute function number",
    ],
    [
      "so has one of which a part is refunded",
      "row\n  when (new.state in ('paid', 'partially_refunded', 'refunded'))\n  execute function number",
      "row\n  when (new.state in ('paid', 'refunded'))\n  execute function number",
    ],
  ]),
  ...among("adapters/postgres/checkout/orders.ts", LATE, "archived courses are not sold", [
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
  ...among("adapters/postgres/settlement/books.ts", LATE, "late news of a payment", [
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
  ...among("adapters/postgres/settlement/refunds.ts", LATE, "a refund is requested once", [
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
  ...among("adapters/postgres/promotions/promotions.ts", LATE, "holders of a code count", [
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
  ...among("adapters/postgres/orders/refundable_orders.ts", LATE, "what other students watched", [
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
    ["no payment is above its order", "or p.amount > o.subtotal_amount", ""],
    ["no line gives back more than was paid for it", "or l.is_overdrawn", ""],
    ["a payment is in the currency of its order", "or p.currency <> o.currency", ""],
    ["lines add up to their order", "where l.amount <> o.subtotal_amount or", "where"],
  ]),
  ...among("adapters/postgres/queries.ts", ENTITLEMENT, "who has a course", [
    ...outOf(
      "g.revoked_at is null and g.payment_hold is null and g.suspended_at is null\n    and g.starts_at",
      {
        "a revoked grant gives nothing": "g.revoked_at is null and ",
        "nor one whose payment is held": "g.payment_hold is null and ",
        "nor one of a deactivated account": " and g.suspended_at is null",
      },
    ),
    ["a grant begins", "and g.starts_at <= statement_timestamp() and", "and"],
    ["a grant ends", "and (g.ends_at is null or g.ends_at > statement_timestamp())\n  )`", "\n  )`"],
    ...outOf("where g.student_id = ${studentId} and g.course_id = ${courseId} and", {
      "a grant is its student's": "g.student_id = ${studentId} and ",
      "a grant is of its course": " and g.course_id = ${courseId}",
    }),
    ...outOf("tutor.role in (1, 2) and tutor.deactivated_at is null and tutor.erased_at is null", {
      "a student teaches nothing": "tutor.role in (1, 2) and ",
      "nor does who is deactivated": "tutor.deactivated_at is null and ",
      "nor who is erased": " and tutor.erased_at is null",
    }),
    [
      "a tutor teaches their courses",
      "where taught.course_id = ${courseId} and ${MAY_TEACH}",
      "where ${MAY_TEACH}",
    ],
    [
      "a lesson's course is taught by its tutors",
      "`exists (select ${tutorship(courseId)} and taught.user_id = ${userId})`",
      "`exists (select ${tutorship(courseId)})`",
    ],
    [
      "a course is taught by its tutors",
      "sql`exists (select ${sql.unsafe(tutorship(courseId))} and taught.user_id = ${userId})`",
      "sql`exists (select ${sql.unsafe(tutorship(courseId))})`",
    ],
    [
      "a course is owned by one",
      "and taught.user_id = ${userId} and taught.user_id = (",
      "and taught.user_id = (",
    ],
    ["it is the first of its own tutors", "where o.course_id = taught.course_id order by", "order by"],
    ["a tutor administers nothing", "tutor.role = 1 and ${sql", "${sql"],
    ["an administrator is one themselves", "tutor.id = ${userId} and tutor.role", "tutor.role"],
  ]),
  ...among("adapters/postgres/playback/lessons.ts", ENTITLEMENT, "who has a course", [
    ...outOf("where g.student_id = $1 and g.course_id = c.id and ${GRANT_IS_ACTIVE}", {
      "a lesson is its buyer's": "g.student_id = $1 and ",
      "a lesson is bought with its course": "g.course_id = c.id and ",
    }),
    ...outOf("where u.id = $1::text and s.id = $2::uuid\n        and s.revoked_at", {
      "a session is its own person's": ["where u.id = $1::text and", "where"],
      "a session is the one that was named": ["s.id = $2::uuid", "$2::uuid is not null"],
    }),
    ...outOf(
      "s.revoked_at is null and s.expires_at > statement_timestamp() and u.deactivated_at is null and u.erased_at is null",
      {
        "a session that was ended is none": "s.revoked_at is null and ",
        "nor is one that has expired": "s.expires_at > statement_timestamp() and ",
        "nor one of a deactivated account": "u.deactivated_at is null and ",
        "nor one of an erased account": " and u.erased_at is null",
      },
    ),
    ...outOf('c.is_published and c.archived_at is null as "courseIsPublished"', {
      "a course that is not published is not shown": "c.is_published and ",
      "nor is an archived one": " and c.archived_at is null",
    }),
  ]),
  ...among("adapters/postgres/checkout/orders.ts", ENTITLEMENT, "a course cannot be bought again", [
    ...outOf("where l.student_id = ${studentId} and l.course_id = c.id and g.revoked_at is null\n", {
      "what is on the way back is its student's": "l.student_id = ${studentId} and ",
      "what is on the way back is of its course": "l.course_id = c.id and ",
      "what was revoked is in dispute no more": " and g.revoked_at is null",
    }),
    [
      "nor is what has ended",
      "              and (g.ends_at is null or g.ends_at > statement_timestamp())\n              and (g.payment_hold",
      "              and (g.payment_hold",
    ],
    ...outOf("(g.payment_hold = 'disputed' or (g.id is null or g.payment_hold = 'refunded') and exists (", {
      "what is in dispute is not bought again": "g.payment_hold = 'disputed' or ",
      "nor what gives no access and is being refunded": "g.id is null or ",
      "nor what a refund has ended": " or g.payment_hold = 'refunded'",
      "what gives access is not on the way back": "(g.id is null or g.payment_hold = 'refunded') and ",
    }),
    ...outOf(
      "where r.order_id = l.order_id and r.status in ('requested', 'submitted', 'requires_action', 'pending')",
      {
        "a refund is its own order's": "r.order_id = l.order_id and ",
        "a requested refund is under way": "'requested', ",
        "so is a submitted one": "'submitted', ",
        "so is one that waits for the student": "'requires_action', ",
        "so is one that is pending": ", 'pending'",
        "a refund that has ended is not": [
          " and r.status in ('requested', 'submitted', 'requires_action', 'pending')",
          "",
        ],
      },
    ),
    [
      "the refund of a whole order is that of each line",
      "not exists (select from refund_lines f where f.refund_id = r.id)",
      "false",
    ],
    ...outOf("f.refund_id = r.id and f.order_line_id = l.id", {
      "a refund is of its own lines": "f.refund_id = r.id and ",
      "the refund of a line is not that of the others": " and f.order_line_id = l.id",
    }),
  ]),
  ...among("adapters/postgres/checkout/orders.ts", FACTS, "an order lapses", [
    ...outOf(
      "where id = ${orderId}\n            and (state in ('created', 'open') or state = 'processing' and ${isNeedless} and abandoned_at is null)",
      {
        "one order is given up": "id = ${orderId}\n            and ",
        "an order whose page is being made is given up": "'created', ",
        "an open order is given up": ", 'open'",
        "money under way is not given up by its student": " and ${isNeedless}",
        "an order is given up once": " and abandoned_at is null",
        "what nobody needs is given up while its money is under way": [
          " or state = 'processing' and ${isNeedless} and abandoned_at is null",
          "",
        ],
      },
    ),
  ]),
  ...among("adapters/postgres/checkout/orders.ts", FACTS, "unpaid orders for a student's course", [
    ...outOf(
      "where o.state in ('created', 'open', 'processing') and o.id in (\n          select l.order_id from order_lines l",
      {
        "an order whose page is being made is locked": "'created', ",
        "an open order is locked": "'open', ",
        "an order under way is locked": ", 'processing'",
      },
    ),
    ...outOf(
      "where l.student_id = ${studentId} and l.course_id = any(${courseIds.filter(uuidOrNull)}::uuid[])\n",
      {
        "the orders of a student are locked": "l.student_id = ${studentId} and ",
        "the orders of some courses are locked": [
          "l.course_id = any(${courseIds.filter(uuidOrNull)}::uuid[])",
          "true",
        ],
      },
    ),
    ...outOf(
      "where o.state in ('created', 'open', 'processing') and o.id in (\n          select l.order_id\n",
      {
        "an order whose page is being made is unneeded": "'created', ",
        "an open order is unneeded": "'open', ",
        "an order under way is unneeded": ", 'processing'",
      },
    ),
    ...outOf('on l.student_id = met."studentId" and l.course_id = coalesce(met."courseId", l.course_id)', {
      "a need is its student's": 'l.student_id = met."studentId" and ',
      "a need is of its course": ' and l.course_id = coalesce(met."courseId", l.course_id)',
    }),
    ...outOf(
      "where o.student_id = ${studentId} and o.state = 'expired' and o.abandoned_at is not null\n          and o.page_closed_at is null",
      {
        "the pages of a student are closed": "o.student_id = ${studentId} and ",
        "the pages of what has ended are closed": "o.state = 'expired' and ",
        "the pages of what was given up are closed": " and o.abandoned_at is not null",
        "a page is closed once": "\n          and o.page_closed_at is null",
      },
    ),
  ]),
  ...among("adapters/postgres/settlement/books.ts", FACTS, "the orders that depend on another", [
    ...outOf(
      "where o.student_id = ${order.studentId} and o.id <> ${order.id}\n          and o.state in ('paid', 'partially_refunded') and ${sharesCourse(sql, order)}",
      {
        "a student's own orders depend": "o.student_id = ${order.studentId} and ",
        "no order depends on itself": " and o.id <> ${order.id}",
        "a paid order depends": "'paid', ",
        "an order refunded in part depends": ", 'partially_refunded'",
        "only what gives access depends": "\n          and o.state in ('paid', 'partially_refunded')",
        "orders of one course depend": " and ${sharesCourse(sql, order)}",
      },
    ),
    [
      "what stands first is judged first",
      'order by ${precedence(sql, "o")} for update',
      "order by o.id for update",
    ],
    ...outOf(
      "where o.student_id = ${order.studentId} and o.id <> ${order.id} and o.state in ('created', 'open', 'processing')\n          and ${sharesCourse(sql, order)}",
      {
        "a student's own orders compete": "o.student_id = ${order.studentId} and ",
        "no order competes with itself": " and o.id <> ${order.id}",
        "an order whose page is being made competes": "'created', ",
        "an open order competes": "'open', ",
        "an order under way competes": ", 'processing'",
        "what is over competes with nothing": " and o.state in ('created', 'open', 'processing')",
        "orders of one course compete": "\n          and ${sharesCourse(sql, order)}",
      },
    ),
    ["orders share a course", "ours on ours.course_id = theirs.course_id", "ours on true"],
    ...outOf("where theirs.order_id = o.id and ours.order_id = ${order.id}", {
      "a course is shared by the order itself": "theirs.order_id = o.id and ",
      "a course is shared with the order itself": " and ours.order_id = ${order.id}",
    }),
  ]),
  ...among("adapters/postgres/settlement/books.ts", FACTS, "an order lapses", [
    ...outOf(
      "where id = ${orderId} and session_expires_at < statement_timestamp()\n            and (state in ('created', 'open') or state = 'expired' and abandoned_at is not null and page_closed_at is null)",
      {
        "one order lapses": "id = ${orderId} and ",
        "no order lapses before its page has ended": " and session_expires_at < statement_timestamp()",
        "an order whose page was never made lapses": "'created', ",
        "an open order lapses": ", 'open'",
        "what was not given up has lapsed": " and abandoned_at is not null",
        "what is known to be closed does not lapse again": " and page_closed_at is null",
        "what is under way does not lapse": "state = 'expired' and ",
        "what was given up lapses":
          " or state = 'expired' and abandoned_at is not null and page_closed_at is null",
      },
    ),
    [
      "the code of what lapsed is free",
      "where order_id = (select id from lapsed) and released_at",
      "where released_at",
    ],
    ...outOf("where id = ${orderId} and attempt = ${attempt}`", {
      "the page of one order is closed": "id = ${orderId} and ",
      "the page of another attempt is not": " and attempt = ${attempt}",
    }),
  ]),
  ...among("adapters/postgres/settlement/books.ts", LATE, "a refund is identified by", [
    [
      "a refund never falls back",
      "where refund_status_rank(r.status) < refund_status_rank(excluded.status)",
      "",
    ],
    ...outOf(
      "and payment_intent_id = ${paymentIntentId} and stripe_refund_id is null\n            and not exists (select from refunds r where r.stripe_refund_id = ${stripeId})",
      {
        "a refund is of its own payment": "and payment_intent_id = ${paymentIntentId} ",
        "a request is one refund of Stripe's": "and stripe_refund_id is null\n",
        "a refund of Stripe's is one request":
          "\n            and not exists (select from refunds r where r.stripe_refund_id = ${stripeId})",
      },
    ),
    ...outOf(
      "update refunds set order_id = ${orderId} where payment_intent_id = ${paymentIntentId} and order_id is null\n",
      {
        "what was refunded before is of this payment": "payment_intent_id = ${paymentIntentId} and ",
        "what was refunded before is new once": " and order_id is null",
      },
    ),
    [
      "what failed is no money back",
      "status in ('pending', 'succeeded') as",
      "true as",
    ],
    [
      "what was disputed before is of this payment",
      "update disputes set order_id = ${orderId} where payment_intent_id = ${paymentIntentId} and order_id is null\n",
      "update disputes set order_id = ${orderId} where order_id is null\n",
    ],
  ]),
  ...among("adapters/postgres/settlement/order_facts.ts", FACTS, "an order has others", [
    ...outOf(
      "theirs on theirs.student_id = ours.student_id and theirs.course_id = ours.course_id\n        where ours.order_id = o.id and theirs.order_id <> o.id\n          and theirs.order_state in ('created', 'open', 'processing', 'paid', 'partially_refunded')",
      {
        "others are the student's own": "theirs.student_id = ours.student_id and ",
        "others share a course": " and theirs.course_id = ours.course_id",
        "no order is another to itself": " and theirs.order_id <> o.id",
        "what is over is no other":
          "\n          and theirs.order_state in ('created', 'open', 'processing', 'paid', 'partially_refunded')",
        "an unfinished one is another": "'created', ",
        "a paid one is another": "'paid', ",
        "one refunded in part is another": ", 'partially_refunded'",
      },
    ),
  ]),
  ...among("adapters/postgres/settlement/order_facts.ts", FACTS, "something else gives the course", [
    ...outOf(
      "where l2.student_id = l.student_id and l2.course_id = l.course_id and l2.order_id <> l.order_id\n",
      {
        "what another paid is theirs": "l2.student_id = l.student_id and ",
        "what else was paid is something else": "l2.course_id = l.course_id and ",
      },
    ),
    ...outOf("and o2.state in ('paid', 'partially_refunded') and g2.revoked_at is null\n", {
      "what is paid is there": "'paid', ",
      "so is what is refunded in part": ", 'partially_refunded'",
      "what is not paid is not": "and o2.state in ('paid', 'partially_refunded') ",
      "nor what was revoked": " and g2.revoked_at is null",
    }),
    ...outOf("and (g2.payment_hold is null or g2.payment_hold = 'disputed')\n", {
      "what is in dispute may stand": " or g2.payment_hold = 'disputed'",
      "what is refunded does not": "and (g2.payment_hold is null or g2.payment_hold = 'disputed')",
    }),
    [
      "what is in dispute may be lost",
      "select coalesce(g2.payment_hold, 'paid') as besides",
      "select 'paid' as besides",
    ],
    [
      "what had ended gives nothing",
      "and (g2.ends_at is null or g2.ends_at > coalesce(o.paid_at, clock_timestamp()))",
      "",
    ],
    [
      "what ended since gave it",
      "g2.ends_at > coalesce(o.paid_at, clock_timestamp())",
      "g2.ends_at > clock_timestamp()",
    ],
    ["of two orders the later gives way", 'and ${precedence(sql, "o2")} < ${precedence(sql, "o")}', ""],
    ...outOf(
      "where g3.student_id = l.student_id and g3.course_id = l.course_id and g3.order_line_id is null\n",
      {
        "what was given to another is theirs": "g3.student_id = l.student_id and ",
        "what else was given is something else": "g3.course_id = l.course_id and ",
        "what the order gives was not given before": " and g3.order_line_id is null",
      },
    ),
    [
      "what is given counts when the order is paid",
      "and ${wasActiveAt(sql, sql`coalesce(o.paid_at, clock_timestamp())`)}",
      "",
    ],
    ...outOf("g3.created_at <= ${moment} and g3.starts_at <= ${moment}\n", {
      "what is given afterwards was not there": "g3.created_at <= ${moment} and ",
      "nor what begins afterwards": " and g3.starts_at <= ${moment}",
    }),
    ...outOf(
      "and (g3.ends_at is null or g3.ends_at > ${moment}) and (g3.revoked_at is null or g3.revoked_at > ${moment})",
      {
        "nor what had ended": "and (g3.ends_at is null or g3.ends_at > ${moment}) ",
        "what ended afterwards was": " or g3.ends_at > ${moment}",
        "what had been revoked was not there": " and (g3.revoked_at is null or g3.revoked_at > ${moment})",
        "what was revoked afterwards was": " or g3.revoked_at > ${moment}",
      },
    ),
    ...outOf(
      "(${sql(alias)}.abandoned_at is not null and not ${sql(alias)}.is_needless, ${sql(alias)}.created_at, ${\n    sql(alias)\n  }.id)",
      {
        "what was given up gives way":
          "${sql(alias)}.abandoned_at is not null and not ${sql(alias)}.is_needless, ",
        "what the shop gave up was not": " and not ${sql(alias)}.is_needless",
        "what was not given up is not needless": "${sql(alias)}.abandoned_at is not null and ",
        "of two the first made stands": "${sql(alias)}.created_at, ",
        "of two of one moment one stands": ", ${\n    sql(alias)\n  }.id",
      },
    ),
    ["what is paid comes before what is given", "when bool_or(besides = 'given') then 'given'\n", "\n"],
  ]),
  ...among("adapters/postgres/settlement/order_facts.ts", FACTS, "whether a code is used", [
    ...outOf(
      "where held.promotion_id = r.promotion_id and held.released_at is null and held.order_id <> r.order_id\n",
      {
        "another code's uses are its own": "held.promotion_id = r.promotion_id and ",
        "a released use holds nothing": "held.released_at is null and ",
      },
    ),
    ...outOf(
      "(r.released_at is not null or (held.redeemed_at, held.order_id) < (r.redeemed_at, r.order_id))",
      {
        "what was released comes after all": "r.released_at is not null or ",
        "what comes later is one too many": [
          "r.released_at is not null or (held.redeemed_at, held.order_id) < (r.redeemed_at, r.order_id)",
          "true",
        ],
        "of two of one moment one is": [
          "(held.redeemed_at, held.order_id) < (r.redeemed_at, r.order_id)",
          "held.redeemed_at < r.redeemed_at",
        ],
      },
    ),
    ["each student has a limit", "filter (where held.student_id = r.student_id) >= m.per", ">= m.per"],
    ["a limit for all is reached", "count(*) >= m.max_redemptions", "count(*) > m.max_redemptions"],
    ["a limit for each is reached", ">= m.per_student_limit", "> m.per_student_limit"],
    [
      "there is a limit for each",
      "\n    or coalesce(count(*) filter (where held.student_id = r.student_id) >= m.per_student_limit, false)",
      "",
    ],
    ["there is a limit for all", "coalesce(count(*) >= m.max_redemptions, false)", "false"],
  ]),
  ...among("adapters/postgres/settlement/order_facts.ts", FACTS, "whether an order is needed", [
    ...outOf("where u.id = o.student_id and (u.erased_at is not null or u.deactivated_at is not null))", {
      "who is gone is its own student": "u.id = o.student_id and ",
      "an erased student needs nothing": "u.erased_at is not null or ",
      "nor does a deactivated one": " or u.deactivated_at is not null",
    }),
    ...outOf("on g.student_id = ours.student_id and g.course_id = ours.course_id\n", {
      "what another has they have not": "g.student_id = ours.student_id and ",
      "another course is not this": " and g.course_id = ours.course_id",
    }),
    ...outOf("where ours.order_id = o.id and ${grantIsActive(sql)}", {
      "what is given for another order's courses is not for this": "ours.order_id = o.id and ",
      "what gives no access is needed": " and ${grantIsActive(sql)}",
    }),
    ...outOf("on theirs.student_id = ours.student_id and theirs.course_id = ours.course_id\n    where", {
      "what another pays they do not": "theirs.student_id = ours.student_id and ",
      "what else they pay is something else": " and theirs.course_id = ours.course_id",
    }),
    ...outOf("where ours.order_id = o.id and theirs.order_id <> o.id and theirs.order_state = 'processing'", {
      "what other orders pay is theirs": "ours.order_id = o.id and ",
      "an order is not paid beside itself": "theirs.order_id <> o.id and ",
      "what could be paid is needed": " and theirs.order_state = 'processing'",
    }),
    ["an erased account is gone", "when u.erased_at is not null then 'gone' when", "when"],
    [
      "a deactivated account does not stand",
      "when u.deactivated_at is not null then 'deactivated'",
      "when false then ''",
    ],
    [
      "an account is its own student's",
      "from users u where u.id = o.student_id\n",
      "from users u order by u.id desc limit 1\n",
    ],
  ]),
  ...among("adapters/postgres/operations/violations.ts", VIOLATIONS, "states, grants, refunds", [
    ["a reason is as good as a grant", "'refunded') and l.no_grant_reason is null", "'refunded')"],
    ["a line has its own grant", "from grants g where g.order_line_id = l.id) and", "from grants g) and"],
    [
      "a line of a paid order needs its grant",
      "where l.order_state in ('paid', 'partially_refunded', 'refunded') and l.no_grant_reason is null",
      "where l.order_state in ('partially_refunded', 'refunded') and l.no_grant_reason is null",
    ],
    [
      "a line that is not paid needs none",
      "where l.order_state in ('paid', 'partially_refunded', 'refunded') and l.no_grant_reason is null",
      "where l.no_grant_reason is null",
    ],
    ["what is refunded is at most what was paid", "having sum(r.amount) > s.total_amount or", "having"],
    [
      "a refund that succeeded takes money",
      "where s.outcome = 'paid' and r.status in ('requires_action', 'pending', 'succeeded')",
      "where s.outcome = 'paid' and r.status in ('requires_action', 'pending')",
    ],
    [
      "a grant needs an order that is paid",
      "where l.order_state not in ('paid', 'partially_refunded', 'refunded') and",
      "where false and",
    ],
  ]),
  ...among("adapters/postgres/operations/violations.ts", BY_CONDITION, "ended accounts", [
    [
      "an open page is of use",
      "where o.state in ('created', 'open') and",
      "where o.state in ('created') and",
    ],
    [
      "a page being made is of use",
      "where o.state in ('created', 'open') and",
      "where o.state in ('open') and",
    ],
    ["what cannot be paid needs no use", "where o.state in ('created', 'open') and", "where"],
    ["a page is of use to somebody", "'open') and ${isUnneeded(sql)} and", "'open') and"],
    ["who is deactivated has nothing", "(u.deactivated_at is not null or u.erased", "(u.erased"],
    [
      "who is erased has nothing",
      "deactivated_at is not null or u.erased_at is not null)",
      "deactivated_at is not null)",
    ],
    [
      "who stands has what is theirs",
      "where (u.deactivated_at is not null or u.erased_at is not null) and",
      "where",
    ],
    [
      "what is theirs is",
      "from users u join grants g on g.student_id = u.id",
      "from users u cross join grants g",
    ],
    ["what a payment holds gives nothing", "} and g.payment_hold is null`;", "}`;"],
    ...outOf("(g.revoked_at is null and g.suspended_at is null and (g.ends_at", {
      "what was revoked gives nothing": "g.revoked_at is null and ",
      "what is suspended gives nothing": "g.suspended_at is null and ",
    }),
    ["what has ended gives nothing", " and (g.ends_at is null or g.ends_at > statement_timestamp()))`", ")`"],
    [
      "what is to end gives it",
      "(g.ends_at is null or g.ends_at > statement_timestamp())",
      "g.ends_at is null",
    ],
  ]),
  ...among("adapters/postgres/operations/violations.ts", BY_CONDITION, "second payments", [
    ...outOf(
      "where l.order_state in ('paid', 'partially_refunded') and ${isOpen(sql)} and ${among(sql`l.order_id`)}\n",
      {
        "what a paid order gives stands": "'paid', ",
        "so does what an order refunded in part gives": ", 'partially_refunded'",
        "what a refunded order gives does not": "l.order_state in ('paid', 'partially_refunded') and ",
        "what gives no access does not": "${isOpen(sql)} and ",
      },
    ),
    ...outOf("where l.order_state in ('paid', 'partially_refunded') and ${isOpen(sql)}\n", {
      "what another paid order gives stands": "'paid', ",
      "so does what another refunded in part gives": ", 'partially_refunded'",
      "what another refunded order gives does not": "l.order_state in ('paid', 'partially_refunded') and ",
      "what gives no access by another does not": " and ${isOpen(sql)}",
    }),
    ...outOf(
      "l2 on l2.student_id = l.student_id and l2.course_id = l.course_id and l2.order_id <> l.order_id",
      {
        "two students may buy one course": "l2.student_id = l.student_id and ",
        "one student may buy two courses": "l2.course_id = l.course_id and ",
        "one order is not two": " and l2.order_id <> l.order_id",
      },
    ),
    ["the later gives way", "order by a.precedence desc limit 1", "order by a.precedence limit 1"],
    ["the earlier stands", ") a order by a.precedence limit 1", ") a order by a.precedence desc limit 1"],
    [
      "what has ended needs nothing to give way",
      "where coalesce(earlier.payment_hold, 'disputed') = 'disputed'\n",
      "where true\n",
    ],
    [
      "what is in dispute may stand",
      "where coalesce(earlier.payment_hold, 'disputed') = 'disputed'\n",
      "where earlier.payment_hold is null\n",
    ],
    ...outOf(
      "(later.payment_hold is null or later.payment_hold in ('duplicate', 'disputed') and later.net > 0)",
      {
        "what stands beside another is one too many": "later.payment_hold is null or ",
        "what gives way is to be paid back": "'duplicate', ",
        "what gives way and is in dispute too": ", 'disputed'",
        "what was free is not paid back": " and later.net > 0",
        "what is paid back is": " or later.payment_hold in ('duplicate', 'disputed') and later.net > 0",
        "what is held otherwise has gone": [
          "later.payment_hold is null or later.payment_hold in ('duplicate', 'disputed') and later.net > 0",
          "later.net > 0",
        ],
      },
    ),
    [
      "what is flagged is seen",
      "\n      and p.review_reason is null\n      and not exists (",
      "\n      and not exists (",
    ],
    [
      "the later is flagged",
      "join payments p on p.order_id = later.order_id",
      "join payments p on p.order_id = earlier.order_id",
    ],
    ...outOf("where r.order_id = later.order_id and r.status not in ('failed', 'canceled')", {
      "it is the later that is refunded": "r.order_id = later.order_id and ",
      "a refund that failed is none": "'failed', ",
      "a refund that was withdrawn is none": ", 'canceled'",
    }),
    ...outOf(
      "where s.outcome = 'paid' and s.total_amount > 0 and p.review_reason is null and ${among(sql`s.order_id`)}\n    group",
      {
        "a payment is a paid page": "s.outcome = 'paid' and ",
        "nothing is no payment": "s.total_amount > 0 and ",
        "a second payment that is flagged is seen": "p.review_reason is null and ",
      },
    ),
    ["one payment is not two", "having count(*) > 1`", "having count(*) > 0`"],
  ]),
  ...among("adapters/postgres/operations/violations.ts", BY_CONDITION, "wrong refunds", [
    ...outOf("where ${isOpen(sql)} and g.payment_hold is null and charged.amount > 0 and", {
      "access that is over is over": "${isOpen(sql)} and ",
      "access that is held is over": "g.payment_hold is null and ",
      "what cost nothing is not given back": " and charged.amount > 0",
    }),
    [
      "a line has its share of the tax",
      "coalesce(l.paid_amount, l.amount - l.discount_amount + p.tax_amount)",
      "(l.amount - l.discount_amount + p.tax_amount)",
    ],
    [
      "a line may not be reckoned yet",
      "coalesce(l.paid_amount, l.amount - l.discount_amount + p.tax_amount)",
      "l.paid_amount",
    ],
    [
      "a line's tax may be all",
      "l.amount - l.discount_amount + p.tax_amount",
      "l.amount - l.discount_amount",
    ],
    ["a line says what was given back", "greatest(l.refunded_amount, (", "greatest(0, ("],
    ...outOf("where f.order_line_id = l.id and r.status in ('requires_action', 'pending', 'succeeded')", {
      "a refund of a line is its own": "f.order_line_id = l.id and ",
      "a line's refund that waits for the student counts": "'requires_action', ",
      "a line's refund that is pending counts": "'pending', ",
      "a line's refund that succeeded counts": ", 'succeeded'",
      "a line's refund that is not there does not":
        " and r.status in ('requires_action', 'pending', 'succeeded')",
    }),
    ["a cent less is not all", ")) >= charged.amount`", ")) >= charged.amount - 1`"],
    ["all is enough", ")) >= charged.amount`", ")) > charged.amount`"],
    [
      "a flagged use is seen",
      "and p.review_reason is null and (\n      o.state in",
      "and (\n      o.state in",
    ],
    ...outOf(
      "o.state in ('paid', 'partially_refunded') and (r.released_at is not null or ${isBeyondLimit(sql)})",
      {
        "a paid order uses its code": "'paid', ",
        "so does a code's order refunded in part": ", 'partially_refunded'",
        "what is not paid does not": "o.state in ('paid', 'partially_refunded') and ",
        "a paid order holds its code": "r.released_at is not null or ",
        "a limit is kept": " or ${isBeyondLimit(sql)}",
        "what is within it is right": " and (r.released_at is not null or ${isBeyondLimit(sql)})",
      },
    ),
    ...outOf(
      "or o.state = 'expired' and o.abandoned_at is not null and o.page_closed_at is null and r.released_at is not null",
      {
        "what can be paid yet was given up": "o.state = 'expired' and ",
        "what was not given up cannot": "o.abandoned_at is not null and ",
        "what is closed cannot": "o.page_closed_at is null and ",
        "what can be paid yet holds its code": " and r.released_at is not null",
        "what can be paid yet is looked at": [
          "or o.state = 'expired' and o.abandoned_at is not null and o.page_closed_at is null and r.released_at is not null",
          "",
        ],
      },
    ),
  ]),
  ...among("adapters/postgres/operations/violations.ts", BY_CONDITION, "dead letters without", [
    ...outOf("on s.session_id = p.session_id and s.outcome = 'paid' and s.mismatch is null", {
      "an order is told of by its own payment": "s.session_id = p.session_id and ",
      "a payment is what was paid": " and s.outcome = 'paid'",
      "a payment is what fits": " and s.mismatch is null",
    }),
    ...outOf(
      "where r.payment_intent_id = s.payment_intent_id and r.status in ('requires_action', 'pending', 'succeeded')\n    ) refunded",
      {
        "a refund is told of its own payment": "r.payment_intent_id = s.payment_intent_id and ",
        "a refund that waits for the student is told": "'requires_action', ",
        "a refund that is pending is told": "'pending', ",
        "a refund that succeeded is told": ", 'succeeded'",
        "a refund that is not there is not told":
          " and r.status in ('requires_action', 'pending', 'succeeded')",
      },
    ),
    ...outOf(
      "where o.state in ('paid', 'partially_refunded', 'refunded') and ${among(sql`o.id`)}\n      and (p.paid_amount, p.refunded_amount, p.discount_amount, p.tax_amount)\n        <> (s.total_amount, refunded.amount, s.discount_amount, s.tax_amount)",
      {
        "a paid order tells what was charged": "'paid', ",
        "so does one refunded in part": "'partially_refunded', ",
        "so does a refunded one": ", 'refunded'",
        "what is not paid tells nothing": "o.state in ('paid', 'partially_refunded', 'refunded') and ",
        "what was paid is told": ["p.paid_amount, ", "s.total_amount, "],
        "what was refunded is told": ["p.refunded_amount, ", "refunded.amount, "],
        "what was taken off is told": ["p.discount_amount, ", "s.discount_amount, "],
        "what was tax is told": ["p.tax_amount)", "s.tax_amount)"],
      },
    ),
    [
      "dates follow numbers from where they did",
      "where o.receipt_number > (select coalesce(n.dated_from, 0) from receipt_numbers n) and",
      "where",
    ],
    [
      "a receipt follows the one before",
      "where b.receipt_number = o.receipt_number - 1 and b",
      "where b.receipt_number < o.receipt_number and b",
    ],
    ["a receipt is not dated before it", " and b.paid_at > o.paid_at\n", "\n"],
    ["two receipts may have one moment", "b.paid_at > o.paid_at\n", "b.paid_at >= o.paid_at\n"],
  ]),
  ...among("adapters/postgres/operations/violations.ts", BY_CONDITION, "dead letters", [
    ["an event that was applied is not dead", "where e.outcome = 'dead'\n", "where true\n"],
    [
      "an alert is of its own event",
      "where a.key = 'dead_letter:' || e.endpoint || ':' || e.event_id\n",
      "\n",
    ],
    [
      "an alert is of its own endpoint",
      "where a.key = 'dead_letter:' || e.endpoint || ':' || e.event_id\n",
      "where a.key like '%:' || e.event_id\n",
    ],
    ["a job that waits is not dead", "where j.name = 'dead_jobs'\n      and not", "where not"],
    [
      "an alert is of its own job",
      "from operator_alerts a where a.key = 'dead_job:' || j.id)",
      "from operator_alerts a)",
    ],
    [
      "a dispute is of the payment that carries the order",
      "join payments p on p.payment_intent_id = d.payment_intent_id\n",
      "join payments p on p.order_id = d.order_id\n",
    ],
    ...outOf("where d.status = 'lost' and o.state <> 'refunded' and", {
      "a dispute that is not lost takes nothing": "d.status = 'lost' and ",
      "what is refunded is told of once": " and o.state <> 'refunded'",
    }),
    [
      "what is not refunded gives access",
      "from orders o where o.state = 'refunded' and",
      "from orders o where",
    ],
    ...outOf("where ${isOpen(sql)} and coalesce(g.payment_hold, '') not in ('refunded', 'dispute_lost')", {
      "access that is over hangs on nothing": "${isOpen(sql)} and ",
      "access that a refund ended hangs on nothing": "'refunded', ",
      "access that a dispute ended hangs on nothing": ", 'dispute_lost'",
      "access that is held hangs on nothing":
        " and coalesce(g.payment_hold, '') not in ('refunded', 'dispute_lost')",
    }),
    [
      "a grant is of its own line",
      "join order_lines l on l.order_id = ended.id\n    join grants g on g.order_line_id = l.id",
      "join order_lines l on l.order_id = ended.id\n    cross join grants g",
    ],
  ]),
];
