import { enqueueIn } from "../../adapters/composition/enqueue.ts";
import { postgresChecks } from "../../adapters/postgres/settlement/checks.ts";
import { postgresAuthoring } from "../../adapters/postgres/authoring/authoring.ts";
import { postgresTeachers } from "../../adapters/postgres/authoring/teachers.ts";
import { postgresOrderHistory } from "../../adapters/postgres/checkout/orders.ts";
import { postgresNoticeBoard } from "../../adapters/postgres/notifications/notice_board.ts";
import { postgresNoticeFacts } from "../../adapters/postgres/notifications/notice_facts.ts";
import { postgresOutbox } from "../../adapters/postgres/notifications/outbox.ts";
import { postgresRefundableOrders } from "../../adapters/postgres/orders/refundable_orders.ts";
import type { Database } from "../../adapters/postgres/queries.ts";
import { postgresTransaction, type Stores } from "../../adapters/postgres/transaction.ts";
import { stripeEvents } from "../../adapters/stripe/events.ts";
import { type Caller, ROLE, type Role } from "../../domain/accounts/ports.ts";
import { changeUser } from "../../domain/accounts/change_user.ts";
import { eraseAccount } from "../../domain/accounts/erase_account.ts";
import { grantAccess } from "../../domain/access/grant_access.ts";
import { revokeAccess } from "../../domain/access/revoke_access.ts";
import { removeTutor } from "../../domain/authoring/co_tutors.ts";
import { cancelOrder } from "../../domain/checkout/cancel_order.ts";
import { closePage } from "../../domain/checkout/close_page.ts";
import { endSales } from "../../domain/checkout/end_sales.ts";
import { quotePurchase } from "../../domain/checkout/quote_purchase.ts";
import { startCheckout } from "../../domain/checkout/start_checkout.ts";
import { DomainError } from "../../domain/errors.ts";
import { receiveEvent } from "../../domain/settlement/events/receive_event.ts";
import type { QueuedJob } from "../../domain/jobs.ts";
import { deliverMails } from "../../domain/notifications/mails/deliver_mails.ts";
import type { Message } from "../../domain/notifications/ports.ts";
import { refundOneself } from "../../domain/orders/refund_oneself.ts";
import { reconcile } from "../../domain/settlement/reconcile.ts";
import { refundOrder } from "../../domain/settlement/refund_order.ts";
import { submitRefund } from "../../domain/settlement/submit_refund.ts";
import type { Transaction } from "../../domain/transaction.ts";
import { memoryStripe, type Sent } from "./memory_stripe.ts";
import { type Act, type CodeName, CODES, type History, PRICES, STUDENTS } from "./shop_histories.ts";
import type { Diary, End, OrderRow, RefundRow } from "./shop_model.ts";

let serial = 0;

/**
 * Plays a history with the shop's own use cases on a database, against a Stripe in memory, until nothing is left to happen.
 * Returns how it ended.
 */
export async function play(sql: Database, history: History): Promise<End> {
  const shop = await openShop(sql, `h${++serial}`);
  for (const act of history.acts) await shop.perform(act);
  await shop.finish(history.ending);
  return await shop.end();
}

/** What an act came to: done, or why the shop refused it. */
type Outcome<Result> = { done: Result } | { refused: DomainError };

async function openShop(sql: Database, name: string) {
  let clock = 0;
  const stripe = memoryStripe(name, () => clock);
  const people = await addPeople(sql, name);
  const courses = await addCourses(sql, name, people);
  await addCodes(sql, name, people, courses);
  const codeOf = (code: CodeName) => `${code}-${name.toUpperCase()}`;
  const caller = (id: string, role: Role): Caller => ({ id, role, signInId: "" });
  const administrator = caller(people.administrator, ROLE.admin);

  const jobs: QueuedJob[] = [];
  let undelivered: Sent[] = [];
  let told = 0;
  const letters: End["letters"] = [];
  const diary: Diary = { accounts: people.students.map(() => []), gifts: [], revoked: [], oddities: [] };
  const receipts = new Map<string, bigint>();
  let coTutorIsGone = false;

  const transaction: Transaction<Stores> = async (work) => {
    const added: QueuedJob[] = [];
    const enqueue = enqueueIn({
      enqueue: (_tx, ...queued) => Promise.resolve(void added.push(...queued as QueuedJob[])),
    });
    const result = await postgresTransaction(sql, enqueue)(work);
    jobs.push(...added); // only what was committed
    return result;
  };
  const allowed = () => Promise.resolve();
  const unused = <Port extends object>() => ({}) as Port;
  const deps = {
    transaction,
    clock: () => new Date(),
    shopCurrency: "usd",
    measurement: null,
    settlementPolicy: { refundsMismatches: true },
    refundPolicy: { days: 14, watchedPercent: 20 },
    orderHistory: postgresOrderHistory(sql),
    refundableOrders: postgresRefundableOrders(sql),
    authoring: postgresAuthoring(sql),
    teachers: postgresTeachers(sql),
    checks: postgresChecks(sql),
    payments: stripe.payments,
    refunds: stripe.refunds,
    providerBooks: stripe.books,
    limits: { check: allowed, count: allowed, clear: allowed, giveBack: allowed },
    passwords: unused<never>(),
    users: unused<never>(),
    sessions: unused<never>(),
    pictures: unused<never>(),
    files: unused<never>(),
    randomName: () => crypto.randomUUID(),
  };
  const events = stripeEvents({ webhookSecrets: ["whsec"], livemode: false });

  async function attempt<Result>(work: () => Promise<Result>): Promise<Outcome<Result>> {
    try {
      return { done: await work() };
    } catch (error) {
      if (error instanceof DomainError) return { refused: error };
      throw error;
    }
  }

  const deliver = async (event: Sent) => {
    if (event.paidPage) event.paidPage.heardAt ??= clock;
    await receiveEvent(deps, { endpoint: "main", event: events.read(event.body) });
  };
  function takeNews(): void {
    undelivered.push(...stripe.sent.slice(told));
    told = stripe.sent.length;
  }
  async function deliverAll(): Promise<void> {
    takeNews();
    for (const event of undelivered.splice(0)) await deliver(event);
  }

  async function work(job: QueuedJob): Promise<void> {
    switch (job.kind) {
      case "close_page":
        return await closePage(deps, job);
      case "submit_refund":
        return await submitRefund(deps, job);
      case "end_sales":
        return await endSales(deps);
    }
  }
  /** One that Stripe does not answer comes again. */
  async function workOne(at: number): Promise<void> {
    const [job] = jobs.splice(at % jobs.length, 1);
    const outcome = await attempt(() => work(job!));
    if ("refused" in outcome) {
      if (outcome.refused.code !== "vendor_unavailable") throw outcome.refused;
      jobs.push(job!);
    }
  }

  async function mailAll(): Promise<void> {
    const captured: { message: Message; to: string }[] = [];
    while (
      await deliverMails({
        ...deps,
        noticeFacts: postgresNoticeFacts(sql),
        outbox: postgresOutbox(sql),
        noticeBoard: postgresNoticeBoard(sql),
        letters: {
          write(message) {
            const text = `${captured.push({ message, to: "" }) - 1}`;
            return { subject: "", text, html: "", brief: { title: "", text: "", url: null } };
          },
        },
        mailer: {
          async send({ text }, beforeHandOver) {
            await beforeHandOver();
            letters.push(captured[Number(text)]!.message);
            return { outcome: "accepted" as const };
          },
        },
        unsubscribeTokens: { issue: () => Promise.resolve(""), read: () => Promise.resolve(null) },
        tokens: { issueLink: () => Promise.resolve("") },
        mailLimits: { perDay: null, bulkPerMinute: null },
        operatorEmail: "operator@example.com",
        publicUrl: "https://api.example",
        frontendUrl: "https://shop.example",
        log: { warn: (message, fields) => void diary.oddities.push(`${message}: ${fields.reason}`) },
      }) > 0
    );
  }

  const orderIds = async () => (await sql<{ id: string; studentId: string }[]>`
      select id, student_id as "studentId" from orders where student_id = any(${people.students}) order by created_at, id`);
  const grants = () =>
    sql<{ id: string }[]>`
      select id from grants where student_id = any(${people.students}) order by created_at, id`;
  const chosen = <Item>(items: readonly Item[], at: number): Item | undefined => items[at % items.length];

  async function buy(act: Extract<Act, { do: "buys" }>): Promise<void> {
    const studentId = people.students[act.student]!;
    const outcome = await stripe.during(act.stripe, () =>
      attempt(() =>
        startCheckout(deps, {
          studentId,
          courseIds: act.courses.map((course) => courses[course]!),
          currency: null,
          promotionCode: act.code && codeOf(act.code),
        })
      ));
    if ("refused" in outcome) return;
    if (act.code === "TUTOR" && coTutorIsGone) {
      diary.oddities.push("the co-tutor's code outlives the co-tutor");
    }
    const { order, page } = outcome.done;
    if (page === null || act.then === "leaves the page open") return;
    const open = stripe.openPages().find(({ id }) => id === page.checkoutSessionId);
    if (!open) return;
    stripe.pay(open, act.then === "pays by debit" && open.total > 0n ? "debit" : "card");
    if (act.then !== "pays by card, and the shop hears of it") return;
    takeNews();
    const own = undelivered.filter(({ body }) => body.includes(order.id));
    undelivered = undelivered.filter((event) => !own.includes(event));
    for (const event of own) await deliver(event);
  }

  /** Where time passes a page's end, it does so for the shop too. */
  async function expire(orderId: string): Promise<void> {
    await sql`update orders set session_expires_at = statement_timestamp() - interval '1 second' where id = ${orderId}`;
  }

  async function perform(act: Act): Promise<void> {
    clock++;
    takeNews();
    switch (act.do) {
      case "buys":
        await buy(act);
        break;
      case "cancels": {
        const order = chosen(await orderIds(), act.order);
        if (order) await attempt(() => cancelOrder(deps, { orderId: order.id, studentId: order.studentId }));
        break;
      }
      case "a page is paid": {
        const page = chosen(stripe.openPages(), act.page);
        if (page) stripe.pay(page, act.by);
        break;
      }
      case "a debit ends": {
        const page = chosen(stripe.awaited(), act.page);
        if (page) stripe.debitEnds(page, act.succeeds);
        break;
      }
      case "a page expires": {
        const page = chosen(stripe.openPages(), act.page);
        if (!page) break;
        stripe.expire(page);
        await expire(page.orderId);
        break;
      }
      case "is given a course": {
        const given = await attempt(() =>
          grantAccess(deps, {
            administrator,
            requestId: "",
            student: people.students[act.student]!,
            course: courses[act.course]!,
            reason: "",
            startsAt: null,
            endsAt: null,
          })
        );
        if ("done" in given) {
          diary.gifts.push({ grantId: given.done.id, student: act.student, course: act.course, at: clock });
        }
        break;
      }
      case "a grant is revoked": {
        const grant = chosen(await grants(), act.grant);
        if (!grant) break;
        const revoked = await attempt(() =>
          revokeAccess(deps, { administrator, requestId: "", grantId: grant.id, reason: "" })
        );
        if ("done" in revoked) diary.revoked.push(grant.id);
        break;
      }
      case "is deactivated":
      case "is activated": {
        const isActive = act.do === "is activated";
        const changed = await attempt(() =>
          changeUser(deps, {
            caller: administrator,
            userId: people.students[act.student]!,
            change: { profile: {}, standing: { isActive } },
            requestId: "",
          })
        );
        if ("done" in changed) {
          diary.accounts[act.student]!.push({ at: ++clock, standing: isActive ? "stands" : "deactivated" });
        }
        break;
      }
      case "is erased": {
        const userId = people.students[act.student]!;
        const erased = await attempt(() =>
          eraseAccount(deps, { caller: administrator, userId, requestId: "" })
        );
        // What was paid until then is heard of first, for the pages of an account are closed before it goes.
        if ("done" in erased) diary.accounts[act.student]!.push({ at: ++clock, standing: "erased" });
        break;
      }
      case "the co-tutor goes":
        if (act.how === "removed") {
          await attempt(() =>
            removeTutor(deps, {
              caller: administrator,
              course: courses[0]!,
              userId: people.coTutor,
              requestId: "",
            })
          );
        } else {
          await changeUser(deps, {
            caller: administrator,
            userId: people.coTutor,
            change: { profile: {}, standing: { role: ROLE.student } },
            requestId: "",
          });
        }
        coTutorIsGone = true;
        break;
      case "a refund at the dashboard": {
        const payment = chosen(stripe.refundablePayments(), act.payment);
        if (payment) stripe.refund(payment, act.percent);
        break;
      }
      case "a refund by the shop":
        await refund(act);
        break;
      case "a refund ends": {
        // One that succeeded may still fail; one that failed stays so.
        const refunds = stripe.ledger.refunds.filter(({ status }) =>
          status === "pending" || status === "succeeded" && !act.succeeds
        );
        const ending = chosen(refunds, act.refund);
        if (ending) stripe.refundEnds(ending, act.succeeds);
        break;
      }
      case "a payment is disputed": {
        const payment = chosen(stripe.refundablePayments(), act.payment);
        if (payment) stripe.dispute(payment);
        break;
      }
      case "a dispute ends": {
        const open = stripe.ledger.disputes.filter(({ status }) => status === "needs_response");
        const ending = chosen(open, act.dispute);
        if (ending) stripe.disputeEnds(ending, act.isWon);
        break;
      }
      case "jobs are done":
        await stripe.during(act.stripe, async () => {
          for (let n = 0; n < act.count && jobs.length > 0; n++) await workOne(act.first);
        });
        break;
      case "events arrive":
        for (let n = 0; n < act.count && undelivered.length > 0; n++) {
          const at = act.first % undelivered.length;
          const event = undelivered[at]!;
          if (!act.again) undelivered.splice(at, 1);
          await deliver(event);
        }
        break;
      case "mails leave":
        await mailAll();
        break;
      case "the books are reconciled":
        await reconcileAll();
        break;
    }
    await noteReceipts();
  }

  async function refund(act: Extract<Act, { do: "a refund by the shop" }>): Promise<void> {
    const order = chosen(await orderIds(), act.order);
    if (!order) return;
    const lines = await sql<{ id: string }[]>`
      select id from order_lines where order_id = ${order.id} order by position`;
    const lineIds = act.line === null ? [] : [chosen(lines, act.line)!.id];
    const input = { orderId: order.id, lineIds, reason: "", keyed: null, requestId: "" };
    await attempt(() =>
      act.by === "student"
        ? refundOneself(deps, { ...input, caller: caller(order.studentId, ROLE.student) })
        : refundOrder(deps, { ...input, origin: "administrator", requestedBy: administrator.id, keyId: null })
    );
  }

  async function reconcileAll(): Promise<void> {
    const { findings } = await reconcile(deps, { dryRun: false, anew: true });
    for (const { result, about, why } of findings) {
      if (result === "failed") diary.oddities.push(`reconciling ${about} failed: ${why}`);
    }
  }

  /** A receipt's number, once given, stays. */
  async function noteReceipts(): Promise<void> {
    const rows = await sql<{ id: string; number: bigint | null }[]>`
      select id, receipt_number as number from orders where student_id = any(${people.students})`;
    for (const { id, number } of rows) {
      const before = receipts.get(id);
      if (before !== undefined && before !== number) {
        diary.oddities.push(`the receipt of order ${id} was renumbered from ${before} to ${number}`);
      }
      if (number !== null) receipts.set(id, number);
    }
  }

  /** All pages end, all money arrives, all jobs are done, all is told, and all of it once more. */
  async function finish(ending: History["ending"]): Promise<void> {
    for (let rounds = 0; rounds < 40; rounds++) {
      clock++;
      takeNews();
      if (ending === "backwards") undelivered.reverse();
      if (ending === "mixed") undelivered.sort((a, b) => a.body.length % 7 - b.body.length % 7);
      if (ending !== "in order") { for (let n = jobs.length; n > 0; n--) await workOne(jobs.length - 1); }
      await deliverAll();
      for (let n = jobs.length; n > 0; n--) await workOne(0);
      for (const page of stripe.openPages()) {
        stripe.expire(page);
        await expire(page.orderId);
      }
      for (const page of stripe.awaited()) stripe.debitEnds(page, true);
      for (const refund of stripe.ledger.refunds) {
        if (refund.status === "pending") stripe.refundEnds(refund, true);
      }
      takeNews();
      if (undelivered.length > 0 || jobs.length > 0) continue;
      for (const event of stripe.sent) await deliver(event);
      // Orders whose page was never opened end with the time that it would have had.
      await sql`
        update orders set session_expires_at = statement_timestamp() - interval '1 second'
        where student_id = any(${people.students}) and state in ('created', 'open')`;
      await reconcileAll();
      if (jobs.length > 0) continue;
      await mailAll();
      await noteReceipts();
      return;
    }
    diary.oddities.push("it never comes to an end");
  }

  async function end(): Promise<End> {
    const [orders, refunds, watching, mails] = await Promise.all([
      sql<OrderRow[]>`
        select o.id, o.student_id as "studentId", o.state, p.status, p.review_reason as review,
          p.paid_amount as paid, p.refunded_amount as refunded, o.receipt_number as receipt, o.paid_at as "paidAt",
          (
            select jsonb_build_object('code', split_part(m.code, '-', 1), 'isReleased', r.released_at is not null)
            from promotion_redemptions r join promotions m on m.id = r.promotion_id where r.order_id = o.id
          ) as code,
          (
            select jsonb_agg(jsonb_build_object(
              'id', l.id, 'courseId', l.course_id, 'net', (l.amount - l.discount_amount)::int,
              'grantId', g.id, 'hold', g.payment_hold, 'why', l.no_grant_reason
            ) order by l.position)
            from order_lines l left join grants g on g.order_line_id = l.id where l.order_id = o.id
          ) as lines
        from orders o join payments p on p.order_id = o.id
        where o.student_id = any(${people.students}) order by o.created_at, o.id`,
      sql<RefundRow[]>`
        select r.id, r.stripe_refund_id as "stripeId", r.order_id as "orderId", r.amount, r.status, r.origin,
          r.failure_reason as "failureReason"
        from refunds r join orders o on o.id = r.order_id where o.student_id = any(${people.students})`,
      sql<{ studentId: string; courseId: string }[]>`
        select distinct g.student_id as "studentId", g.course_id as "courseId" from grants g
        where g.student_id = any(${people.students}) and g.revoked_at is null and g.payment_hold is null
          and g.suspended_at is null and g.starts_at <= statement_timestamp()
          and (g.ends_at is null or g.ends_at > statement_timestamp())`,
      sql<End["mails"]>`
        select kind, subject, state, reason from mails where kind in ('order_confirmation', 'refund', 'payment_failed')`,
    ]);
    const answers: End["answers"] = [];
    for (const [student, studentId] of people.students.entries()) {
      const bought = orders.filter((order) => order.studentId === studentId).flatMap(({ lines }) => lines);
      for (const courseId of new Set(bought.map((line) => line.courseId))) {
        const wish = { studentId, courseIds: [courseId], currency: null, promotionCode: null };
        const answer = await attempt(() => quotePurchase(deps, wish));
        answers.push({ student, courseId, refused: "refused" in answer ? answer.refused.code : null });
      }
    }
    return {
      students: people.students,
      courses,
      ledger: stripe.ledger,
      diary,
      orders: [...orders],
      refunds: [...refunds],
      watching: [...watching],
      mails: [...mails],
      letters,
      answers,
      limits: CODES,
    };
  }

  return { perform, finish, end };
}

type People = { students: string[]; administrator: string; tutor: string; coTutor: string };

async function addPeople(sql: Database, name: string): Promise<People> {
  const students = Array.from({ length: STUDENTS }, (_, n) => `${name}-student-${n}`);
  const [administrator, tutor, coTutor] = ["administrator", "tutor", "co-tutor"].map((role) =>
    `${name}-${role}`
  );
  const rows = [
    ...students.map((id) => ({ id, role: ROLE.student })),
    { id: administrator, role: ROLE.admin },
    { id: tutor, role: ROLE.tutor },
    { id: coTutor, role: ROLE.tutor },
  ];
  await sql`
    insert into users (id, email, password_hash, role, email_verified_at)
    select id, id || '@example.com', '', role, statement_timestamp()
    from jsonb_to_recordset(${JSON.stringify(rows)}::text::jsonb) as person(id text, role smallint)`;
  return { students, administrator: administrator!, tutor: tutor!, coTutor: coTutor! };
}

async function addCourses(sql: Database, name: string, { tutor, coTutor }: People): Promise<string[]> {
  const rows = await sql<{ id: string }[]>`
    insert into courses (slug, title, price_amount, is_published)
    select ${name} || '-course-' || n, 'Course ' || n, p, true
    from unnest(${PRICES.map(String)}::text[]::bigint[]) with ordinality as price(p, n) order by n
    returning id`;
  const ids = rows.map(({ id }) => id);
  await sql`
    insert into course_tutors (course_id, user_id, position)
    select id, ${tutor}, 0 from unnest(${ids}::uuid[]) id
    union all select ${ids[0]!}::uuid, ${coTutor}, 1`;
  return ids;
}

async function addCodes(sql: Database, name: string, people: People, courses: string[]): Promise<void> {
  const rows = Object.entries(CODES).map((
    [code, { percent, amount, limit, perStudent, courses: only, by }],
  ) => ({
    code: `${code}-${name.toUpperCase()}`,
    created_by: by === "co-tutor" ? people.coTutor : people.administrator,
    percent,
    amount,
    max_redemptions: limit,
    per_student_limit: perStudent,
    courses: only?.map((course) => courses[course]) ?? [],
  }));
  await sql`
    with given as (
      select * from jsonb_to_recordset(${JSON.stringify(rows)}::text::jsonb) as given(
        code text, created_by text, percent integer, amount bigint, max_redemptions integer, per_student_limit integer,
        courses jsonb
      )
    ), added as (
      insert into promotions (code, created_by, percent, max_redemptions, per_student_limit)
      select code, created_by, percent, max_redemptions, per_student_limit from given returning id, code
    ), amounts as (
      insert into promotion_amounts (promotion_id, currency, amount_off)
      select added.id, 'usd', given.amount from added join given using (code) where given.amount is not null
    )
    insert into promotion_courses (promotion_id, course_id)
    select added.id, course::uuid from added join given using (code), jsonb_array_elements_text(given.courses) course`;
}
