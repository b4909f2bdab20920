// Who may author what, and what becomes of it when they may no longer.
import assert from "node:assert/strict";
import { postgresTransaction } from "../../../adapters/postgres/transaction.ts";
import { ROLE } from "../../../domain/accounts/ports.ts";
import { saveUser } from "../../../domain/accounts/save_user.ts";
import { addCourse, PASSWORD, shopTest, type TestShop } from "../../support/shop.ts";
import { type Person, person } from "../../support/purchases.ts";
import { addVideos } from "../../support/tutors.ts";

/** A course of 49.00 USD that the tutors teach, the first of them as its owner, with equal shares for the rest. */
async function courseOf(shop: TestShop, tutors: Person[], title = `Course ${crypto.randomUUID()}`) {
  const course = await addCourse(shop.sql, { title });
  for (const [position, { id }] of tutors.entries()) {
    await shop.sql`
      insert into course_tutors (course_id, user_id, position) values (${course.id}, ${id}, ${position})`;
  }
  return { ...course, path: `/api/courses/courses/${course.slug}/` };
}

const asking = (shop: TestShop) => (who: Person, method: string, path: string, body?: unknown) =>
  shop.call(method, path, { token: who.token, body });

/** The ids of a course's tutors, its owner first. */
async function tutorsOf(shop: TestShop, courseId: string): Promise<string[]> {
  const rows = await shop.sql<{ id: string }[]>`
    select user_id as id from course_tutors where course_id = ${courseId} order by position, user_id`;
  return rows.map(({ id }) => id);
}

shopTest(
  "a video can be used in a course if the caller uploaded it or it is the course's, but not a co-tutor's other videos",
  async (shop) => {
    const ask = asking(shop);
    const [star, thief] = [await person(shop, ROLE.tutor), await person(shop, ROLE.tutor)];
    const admin = await person(shop, ROLE.admin);
    await addVideos(shop, star.id, ["star-1", "star-2", "star-3"]);
    await addVideos(shop, thief.id, ["thief-1"]);
    const bait = await courseOf(shop, [thief, star]);
    const show = async (who: Person, video_service_id: string, lesson = bait.lesson) =>
      (await ask(who, "PATCH", `/api/courses/lessons/${lesson}/`, {
        video_service_id,
        is_free_preview: true,
      }))
        .status;
    assert.equal(await show(thief, "star-1"), 400, "of another course of the co-tutor's");
    assert.equal(await show(thief, "none"), 400);
    assert.equal(await show(thief, "thief-1"), 200);
    assert.equal(await show(star, "star-1"), 200, "their own");
    const lessons = { part: `${bait.slug}-part`, title: "New", video_service_id: "star-2" };
    assert.equal((await ask(thief, "POST", "/api/courses/lessons/", lessons)).status, 400);
    assert.equal(await show(thief, "star-1", bait.preview), 200, "what the course shows already");
    await shop.sql`update videos set course_id = ${bait.id} where id = 'star-2'`;
    assert.equal(await show(thief, "star-2"), 200, "what was uploaded for the course");
    assert.equal(await show(admin, "star-3"), 200, "an administrator may take any");
    const own = await courseOf(shop, [thief]);
    assert.equal(await show(thief, "star-2", own.lesson), 400, "for another course it is nobody else's");
    assert.equal((await ask(thief, "GET", "/api/courses/vdocipher/video/sample-x/otp/")).status, 404);
  },
);

shopTest(
  "a removed tutor takes nothing along: codes and uploads end, copies are left, videos and shares stay",
  async (shop) => {
    const ask = asking(shop);
    const [owner, helper] = [await person(shop, ROLE.tutor), await person(shop, ROLE.tutor)];
    const buyer = await person(shop);
    const course = await courseOf(shop, [owner, helper]);
    const own = await courseOf(shop, [helper]);
    const code = async (name: string, course_ids: string[]) =>
      (await ask(helper, "POST", "/api/payments/promotions/", { code: name, percent: 100, course_ids })).body
        .id;
    const [both, only] = [await code("BOTH", [course.id, own.id]), await code("ONLY", [course.id])];
    const { body: copy } = await ask(helper, "POST", `${course.path}duplicate/`);
    const { body: second } = await ask(helper, "POST", `/api/courses/courses/${copy.slug}/duplicate/`);
    await addVideos(shop, helper.id, ["shown", "everywhere", "unused"]);
    const put = (slug: string, video_service_id: string) =>
      ask(helper, "PATCH", `/api/courses/lessons/${slug}/`, { video_service_id });
    await put(course.lesson, "shown");
    await put(course.preview, "everywhere");
    await put(own.lesson, "everywhere");
    const upload = await ask(helper, "POST", `/api/courses/lessons/${course.lesson}/attachments/uploads/`, {
      name: "a.pdf",
      content_type: "application/pdf",
      size: 10,
    });
    assert.equal(upload.status, 201);

    const codes = async (who: Person) =>
      (await ask(who, "GET", "/api/payments/promotions/")).body.results
        .map(({ code }: { code: string }) => code).sort();
    assert.deepEqual(await codes(owner), ["BOTH", "ONLY"], "an owner sees every code of the course");
    const change = async (who: Person, id: string, body: unknown) =>
      (await ask(who, "PATCH", `/api/payments/promotions/${id}/`, body)).status;
    assert.equal(await change(owner, only, { max_redemptions: 1 }), 403, "which they may only end");
    assert.equal(await change(owner, only, { is_active: false }), 200);
    assert.equal(await change(helper, only, { is_active: false }), 200);
    assert.equal(await change(helper, only, { is_active: true }), 403, "and nobody but them brings back");
    assert.equal(await change(owner, only, { is_active: true }), 200);

    assert.equal((await ask(owner, "DELETE", `${course.path}tutors/${helper.id}/`)).status, 204);
    for (const { id } of [course, copy, second]) assert.deepEqual(await tutorsOf(shop, id), [owner.id]);
    const quote = async (promotion_code: string, course_id: string) =>
      (await ask(buyer, "POST", "/api/payments/quote/", { course_id, promotion_code })).status;
    assert.equal(await quote("only", course.id), 400);
    assert.equal(await quote("both", course.id), 400, "for what they may price no more");
    assert.equal(await quote("both", own.id), 200);
    assert.equal(await change(helper, only, { is_active: true }), 404);
    assert.deepEqual(await codes(helper), ["BOTH"]);
    assert.equal(
      (await ask(helper, "POST", `/api/courses/attachments/uploads/${upload.body.id}/confirm/`)).status,
      404,
    );
    const videos = await shop.sql`
      select id, uploader_id as owner, course_id as course from videos where id <> 'unused' order by id`;
    assert.deepEqual(videos.map((video) => ({ ...video })), [
      { id: "everywhere", owner: helper.id, course: course.id },
      { id: "shown", owner: owner.id, course: course.id },
    ]);
    const { body: shares } = await ask(owner, "GET", `${course.path}tutors/`);
    assert.deepEqual(shares.results.map((tutor: { share_percent: number }) => tutor.share_percent), [100]);
    assert.equal(await change(helper, both, { is_active: false }), 200);
  },
);

shopTest(
  "rights end with role and account at once, with all that depends on them, and courses pass to co-tutors",
  async (shop) => {
    const ask = asking(shop);
    const admin = await person(shop, ROLE.admin);
    const buyer = await person(shop);
    const user = (id: string) => `/api/auth/users/${id}/`;
    const transaction = postgresTransaction(shop.sql, () => Promise.resolve());
    const operator = {
      transaction,
      passwords: { hash: () => Promise.resolve("") },
      passwordStrength: { isGuessable: () => Promise.resolve(false) },
      clock: () => new Date(),
    };
    const endings: [string, (who: Person) => Promise<unknown>, boolean][] = [
      ["demoted", ({ id }) => ask(admin, "PATCH", user(id), { role: ROLE.student }), true],
      ["deactivated", ({ id }) => ask(admin, "PATCH", user(id), { is_active: false }), false],
      ["erased", ({ id }) => ask(admin, "DELETE", user(id)), true],
      [
        "given another role by an operator",
        ({ email }) => saveUser(operator, { email, password: PASSWORD, role: ROLE.user }),
        true,
      ],
    ];
    for (const [ending, end, isForGood] of endings) {
      const [owner, helper] = [await person(shop, ROLE.tutor), await person(shop, ROLE.tutor)];
      const shared = await courseOf(shop, [owner, helper]);
      const alone = await courseOf(shop, [owner]);
      const code = `CODE-${shared.id.slice(0, 8)}`;
      const made = await ask(owner, "POST", "/api/payments/promotions/", {
        code,
        percent: 50,
        course_ids: [shared.id, alone.id],
      });
      assert.equal(made.status, 201);
      const invited = await ask(owner, "POST", `${alone.path}invitations/`, {
        email: "friend@example.com",
        share_percent: 10,
      });
      assert.equal(invited.status, 201);
      await end(owner);
      assert.ok((await ask(owner, "PATCH", alone.path, { price: "0" })).status >= 401, ending);
      const watching = await ask(owner, "GET", `/api/courses/lessons/${alone.lesson}/`);
      assert.ok(watching.status >= 401, `${ending}: watches what they taught`);
      for (const { id } of [shared, alone]) {
        const quoted = await ask(buyer, "POST", "/api/payments/quote/", {
          course_id: id,
          promotion_code: code,
        });
        assert.ok(quoted.status >= 400, `${ending}: the code sells ${id}`);
      }
      const [left] = await shop.sql<{ invitations: number; codes: number }[]>`
        select (select count(*)::int from tutor_invitations where invited_by = ${owner.id} and state = 'open')
            as invitations,
          (select count(*)::int from promotions where created_by = ${owner.id} and is_active) as codes`;
      assert.deepEqual({ ...left }, { invitations: 0, codes: 0 }, ending);
      assert.deepEqual(
        await tutorsOf(shop, shared.id),
        isForGood ? [helper.id] : [owner.id, helper.id],
        ending,
      );
      assert.deepEqual(await tutorsOf(shop, alone.id), [owner.id], "what nobody else teaches keeps its name");
      const invite = await ask(helper, "POST", `${shared.path}invitations/`, {
        email: "new@example.com",
        share_percent: 10,
      });
      assert.equal(invite.status, isForGood ? 201 : 403, `${ending}: the next one owns the course`);
      const revived = await ask(admin, "PATCH", `/api/payments/promotions/${made.body.id}/`, {
        is_active: true,
      });
      assert.equal(revived.body.created_by, admin.id, "an administrator who revives a code answers for it");
      await ask(admin, "PATCH", `/api/payments/promotions/${made.body.id}/`, { is_active: false });
    }
  },
);

shopTest("a course does not pass to a co-tutor who may not teach either", async (shop) => {
  const ask = asking(shop);
  const admin = await person(shop, ROLE.admin);
  const [owner, away] = [await person(shop, ROLE.tutor), await person(shop, ROLE.tutor)];
  const course = await courseOf(shop, [owner, away]);
  await ask(admin, "PATCH", `/api/auth/users/${away.id}/`, { is_active: false });
  await ask(admin, "PATCH", `/api/auth/users/${owner.id}/`, { role: ROLE.user });
  assert.deepEqual(await tutorsOf(shop, course.id), [owner.id, away.id]);
});

shopTest("an administrator's code ends with their role, and no tutor ends it", async (shop) => {
  const ask = asking(shop);
  const [admin, colleague] = [await person(shop, ROLE.admin), await person(shop, ROLE.admin)];
  const [owner, buyer] = [await person(shop, ROLE.tutor), await person(shop)];
  const course = await courseOf(shop, [owner]);
  const make = (body: object) =>
    ask(colleague, "POST", "/api/payments/promotions/", { percent: 50, ...body });
  const { body: one } = await make({ code: "ONE", course_ids: [course.id] });
  await make({ code: "ALL" });
  const end = await ask(owner, "PATCH", `/api/payments/promotions/${one.id}/`, { is_active: false });
  assert.equal(end.status, 403);
  const quotes = async () =>
    await Promise.all(
      ["one", "all"].map(async (promotion_code) =>
        (await ask(buyer, "POST", "/api/payments/quote/", { course_id: course.id, promotion_code })).status
      ),
    );
  assert.deepEqual(await quotes(), [200, 200]);
  await ask(admin, "PATCH", `/api/auth/users/${colleague.id}/`, { role: ROLE.tutor });
  assert.deepEqual(await quotes(), [400, 400]);
});

shopTest(
  "registering an address first gives no invitation to it, and access by it only with a warning",
  async (shop) => {
    const ask = asking(shop);
    const admin = await person(shop, ROLE.admin);
    const [owner, squatter] = [await person(shop, ROLE.tutor), await person(shop, ROLE.tutor)];
    await shop.sql`update users set email_verified_at = null where id = ${squatter.id}`;
    const course = await courseOf(shop, [owner]);
    const { body: invitation } = await ask(owner, "POST", `${course.path}invitations/`, {
      email: squatter.email,
      share_percent: 10,
    });
    const mine = async () => (await ask(squatter, "GET", "/api/auth/tutors/me/invitations/")).body.count;
    const answer = async (answer: string) =>
      (await ask(squatter, "POST", `/api/auth/tutors/me/invitations/${invitation.id}/answer/`, { answer }))
        .status;
    assert.deepEqual([await mine(), await answer("declined"), await answer("accepted")], [0, 403, 403]);

    const batch = async (student: string, dry_run = true) =>
      (await ask(admin, "POST", "/api/access/batches/", {
        action: "grant",
        reason: "Class of 2026",
        dry_run,
        rows: [{ student, course: course.slug }],
      })).body.rows[0].message;
    assert.match(await batch(squatter.email), /has not verified its address/);
    assert.match(await batch(squatter.email.toUpperCase()), /has not verified its address/);
    assert.doesNotMatch(await batch(squatter.id), /verified/);
    const grant = await ask(admin, "POST", "/api/access/grants/", {
      student: squatter.email,
      course: course.slug,
      reason: "Trial",
    });
    assert.deepEqual([grant.status, grant.body.student.is_email_verified], [201, false]);
    await shop.sql`update users set email_verified_at = now() where id = ${squatter.id}`;
    assert.deepEqual([await mine(), await answer("declined")], [1, 200]);
    const buyer = await person(shop);
    await shop.sql`update users set email_verified_at = null where id = ${buyer.id}`;
    assert.match(await batch(buyer.email), /not verified/);
    await shop.sql`update users set email_verified_at = now() where id = ${buyer.id}`;
    assert.equal(await batch(buyer.email), "Gets access.");
    await shop.sql`update users set deactivated_at = now() where id = ${buyer.id}`;
    assert.match(await batch(buyer.email), /deactivated/);
  },
);
