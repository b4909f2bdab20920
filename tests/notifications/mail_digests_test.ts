import assert from "node:assert/strict";
import { postgresStatistics } from "../../adapters/postgres/statistics/statistics.ts";
import { mailDigests } from "../../domain/notifications/mail_digests.ts";
import { addOrder, addPlainCourse } from "../support/mail_facts.ts";
import { addUser, mailing } from "../support/mailing.ts";
import { databaseTest } from "../support/test_database.ts";

databaseTest(
  "tutors with sales or comments get one digest of the day: sums are their shares of what was not refunded",
  async ({ sql }) => {
    const mails = mailing(sql);
    const tutor = await addUser(sql, "tutor@example.com", { firstName: "Elena", language: "ru", role: 2 });
    const idle = await addUser(sql, "idle@example.com", { role: 2 });
    const course = await addPlainCourse(sql);
    const partner = await addUser(sql, "partner@example.com", { role: 2 });
    await sql`
      insert into course_tutors (course_id, user_id, position) values (${course}, ${tutor}, 0), (${course}, ${partner}, 1)`;
    await sql`
      insert into earning_shares (course_id, user_id, percent, offset_percent, valid_from)
      values (${course}, ${tutor}, 60, 0, '-infinity'), (${course}, ${partner}, 40, 60, '-infinity')`;
    await sql`insert into course_tutors (course_id, user_id) values (${await addPlainCourse(
      sql,
      "b",
    )}, ${idle})`;
    const yesterday = new Date(Date.now() - 24 * 3600_000);
    for (const refunded of [0, 1001, 4000]) {
      const student = await addUser(sql, `s${refunded}@example.com`);
      const state = refunded === 4000 ? "refunded" : refunded > 0 ? "partially_refunded" : "paid";
      const order = await addOrder(sql, student, state);
      await sql`update orders set paid_at = ${yesterday} where id = ${order}`;
      await sql`update order_lines set course_id = ${course}, refunded_amount = ${refunded} where order_id = ${order}`;
      await sql`
        insert into grants (student_id, course_id, source, order_line_id, payment_hold)
        select ${student}, ${course}, 'order_line', id, ${state === "refunded" ? state : null}
        from order_lines where order_id = ${order}`;
    }
    const other = await addUser(sql, "other@example.com", { role: 2 });
    const discussed = await addPlainCourse(sql, "c");
    await sql`insert into course_tutors (course_id, user_id) values (${discussed}, ${other})`;
    const [lesson] = await sql<{ id: string }[]>`
      with part as (
        insert into course_parts (course_id, slug, position) values (${discussed}, 'part', 0) returning id
      )
      insert into lessons (part_id, slug, title, position) select id, 'lesson', 'Vectors', 0 from part returning id`;
    for (const [author, content] of [[idle, "Why <b>two</b>?"], [other, "Because."]] as const) {
      await sql`
        insert into comments (lesson_id, author_id, content, created_at)
        values (${lesson!.id}, ${author}, ${content}, ${yesterday})`;
    }
    const deps = { ...mails.deps, clock: () => new Date() };
    await mailDigests(deps);
    await mailDigests(deps);
    await mails.deliver();
    assert.deepEqual(
      mails.sent.map(({ to }) => to).sort(),
      ["other@example.com", "partner@example.com", "tutor@example.com"],
    );
    const digest = mails.sent.find(({ to }) => to === "tutor@example.com");
    const discussion = mails.sent.find(({ to }) => to === "other@example.com")!;
    assert.match(discussion.text, /Ada · C · Vectors\n\nWhy <b>two<\/b>\?/);
    assert.ok(discussion.html.includes("Why &lt;b&gt;two") && !discussion.text.includes("Because."));
    assert.match(digest!.text, /^Здравствуйте, Elena!/);
    assert.match(digest!.text, /Algebra: 2 продажи, 41,99\s\$/, "60 % of 40.00 and of 29.99");
    assert.equal(
      (await postgresStatistics(sql).ofTutor(tutor)).earnings.amount,
      4199n,
      "as in the statistics",
    );
    const rest = mails.sent.find(({ to }) => to === "partner@example.com");
    assert.match(rest!.text, /Algebra: 2 sales, \$28\.00/, "what is cut off is the next one's");
    assert.ok(digest!.unsubscribeUrl);
  },
);
