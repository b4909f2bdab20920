import assert from "node:assert/strict";
import { addCourse, pay, shopTest, signUp, type TestShop, until } from "../../support/shop.ts";
import { courseTutor, signUpAs } from "../../support/tutors.ts";

/** A course on sale with its owner, and another tutor, whose address is verified. */
async function courseOfTwo(shop: TestShop) {
  const course = await addCourse(shop.sql, { priceCents: 999 });
  const owner = await courseTutor(shop, course.id, "owner@example.com");
  const other = await signUpAs(shop, "tutor", "other@example.com");
  await shop.sql`update users set email_verified_at = now()`;
  const path = `/api/courses/courses/${course.slug}`;
  const as = (token: string) => (method: string, path: string, body?: unknown) =>
    shop.call(method, path, { token, body });
  const shares = async () => {
    const { body } = await as(owner.token)("GET", `${path}/tutors/`);
    return body.results.map((
      tutor: Record<string, unknown>,
    ) => [tutor.id, tutor.is_owner, tutor.share_percent]);
  };
  /** Invites the other for a share, and accepts. */
  const join = async (share_percent: number) => {
    const { body } = await as(owner.token)("POST", `${path}/invitations/`, {
      email: "Other@Example.com",
      share_percent,
    });
    return await as(other.token)("POST", `/api/auth/tutors/me/invitations/${body.id}/answer/`, {
      answer: "accepted",
    });
  };
  return {
    course,
    path,
    owner: { ...owner, as: as(owner.token) },
    other: { ...other, as: as(other.token) },
    shares,
    join,
  };
}

shopTest(
  "an owner invites a tutor by mail, who accepts, then teaches the course and gets their share",
  async (shop) => {
    const { path, owner, other, shares } = await courseOfTwo(shop);
    const invited = await owner.as("POST", `${path}/invitations/`, {
      email: "Ot her@Example.com",
      share_percent: 30,
    });
    assert.equal(invited.status, 400, "an address with a blank within is none");
    const invitation = await owner.as("POST", `${path}/invitations/`, {
      email: " Other@Example.com",
      share_percent: 30,
    });
    assert.equal(invitation.status, 201, "blanks around it are nobody's intention");
    assert.equal(invitation.body.state, "open");
    const twice = await owner.as("POST", `${path}/invitations/`, {
      email: "other@example.com",
      share_percent: 5,
    });
    assert.deepEqual([twice.status, twice.body.code], [409, "already_invited"]);
    const mail = await until(async () => {
      await shop.drainJobs();
      const inbox = `${shop.sandbox.origin}/mailbox/api/messages?to=other@example.com`;
      return (await (await fetch(inbox)).json()).messages.find(({ text }: { text: string }) =>
        /30\s?%/.test(text)
      );
    });
    assert.match(mail.subject, /Linear Algebra/);
    assert.equal((await other.as("PATCH", `${path}/`, { description: "Ours." })).status, 403);
    const { body: mine } = await other.as("GET", "/api/auth/tutors/me/invitations/");
    assert.equal(mine.results[0].course.title, "Linear Algebra");
    const answered = await other.as("POST", `/api/auth/tutors/me/invitations/${mine.results[0].id}/answer/`, {
      answer: "accepted",
    });
    assert.equal(answered.body.state, "accepted");
    assert.deepEqual(await shares(), [[owner.id, true, 70], [other.id, false, 30]]);
    assert.equal((await other.as("PATCH", `${path}/`, { description: "Ours." })).status, 200);
    assert.equal(
      (await other.as("POST", `${path}/invitations/`, { email: "x@example.com", share_percent: 1 })).status,
      403,
    );
  },
);

shopTest(
  "an invitation is answered once, by its verified recipient; it can be declined and withdrawn",
  async (shop) => {
    const { path, owner, other, shares } = await courseOfTwo(shop);
    const invite = async () =>
      (await owner.as("POST", `${path}/invitations/`, { email: "other@example.com", share_percent: 30 })).body
        .id;
    const answer = (id: string, answer: string) =>
      other.as("POST", `/api/auth/tutors/me/invitations/${id}/answer/`, { answer });
    const declined = await invite();
    assert.equal((await answer(declined, "declined")).body.state, "declined");
    assert.equal((await answer(declined, "accepted")).status, 404);
    const withdrawn = await invite();
    assert.equal((await owner.as("GET", `${path}/invitations/`)).body.count, 1);
    assert.equal((await owner.as("DELETE", `${path}/invitations/${withdrawn}/`)).status, 204);
    assert.equal((await owner.as("DELETE", `${path}/invitations/${withdrawn}/`)).status, 404);
    assert.equal((await answer(withdrawn, "accepted")).status, 404);
    await shop.sql`update users set email_verified_at = null where id = ${other.id}`;
    const unverified = await answer(await invite(), "accepted");
    assert.equal(unverified.status, 403);
    assert.match(unverified.body.detail, /Verify/);
    assert.deepEqual(await shares(), [[owner.id, true, 100]]);

    await shop.sql`update users set email_verified_at = null where id = ${owner.id}`;
    const stranger = { email: "stranger@example.com", share_percent: 1 };
    const fromUnverified = await owner.as("POST", `${path}/invitations/`, stranger);
    assert.equal(fromUnverified.status, 403);
    assert.match(fromUnverified.body.detail, /Verify your own/);
  },
);

shopTest(
  "an address gets at most five invitations a day, from all senders and with any result",
  async (shop) => {
    const { path, owner } = await courseOfTwo(shop);
    const statuses: number[] = [];
    for (let n = 0; n < 6; n++) {
      const { status, body } = await owner.as("POST", `${path}/invitations/`, {
        email: n % 2 ? "Stranger@example.com" : "stranger@example.com",
        share_percent: 0,
      });
      statuses.push(status);
      if (status === 201) await owner.as("DELETE", `${path}/invitations/${body.id}/`);
    }
    assert.deepEqual(statuses, [201, 201, 201, 201, 201, 429]);
  },
);

shopTest(
  "shares always add up to 100: the owner keeps the rest, and cannot give away more",
  async (shop) => {
    const { path, owner, other, shares, join } = await courseOfTwo(shop);
    await join(30);
    const change = (share_percent: number) =>
      owner.as("PATCH", `${path}/tutors/${other.id}/`, { share_percent });
    assert.equal((await change(45)).status, 200);
    assert.deepEqual(await shares(), [[owner.id, true, 55], [other.id, false, 45]]);
    const third = await owner.as("POST", `${path}/invitations/`, {
      email: "third@example.com",
      share_percent: 56,
    });
    assert.equal(third.status, 400);
    assert.deepEqual(Object.keys(third.body.errors), ["share_percent"]);
    assert.equal((await owner.as("PATCH", `${path}/tutors/${owner.id}/`, { share_percent: 10 })).status, 403);
    assert.equal((await owner.as("DELETE", `${path}/tutors/${owner.id}/`)).status, 403);
    assert.equal((await owner.as("PATCH", `${path}/tutors/nobody/`, { share_percent: 10 })).status, 404);
    assert.equal((await other.as("DELETE", `${path}/tutors/${other.id}/`)).status, 204, "one may leave");
    assert.deepEqual(await shares(), [[owner.id, true, 100]]);
  },
);

shopTest("concurrent changes of shares leave shares that add up to 100", async (shop) => {
  const { course, path, owner, other, join } = await courseOfTwo(shop);
  await join(30);
  const answers = await Promise.all([10, 20, 60, 90, 100].flatMap((share_percent) => [
    owner.as("PATCH", `${path}/tutors/${other.id}/`, { share_percent }),
    owner.as("POST", `${path}/invitations/`, { email: `x${share_percent}@example.com`, share_percent }),
  ]));
  for (const { status } of answers) assert.ok([200, 201, 400].includes(status));
  const [row] = await shop.sql`
    select sum(percent)::integer as total from earning_shares where course_id = ${course.id} and valid_until is null`;
  assert.equal(row!.total, 100);
}, { on: ["postgres"] });

shopTest(
  "a sale belongs to those who had a share then, to the last cent, whoever joins or leaves later",
  async (shop) => {
    const { course, path, owner, other, join } = await courseOfTwo(shop);
    const earned = async () => {
      const figures = await Promise.all(
        [owner, other].map(({ as }) => as("GET", "/api/auth/tutors/me/quick_statistics/")),
      );
      return figures.map(({ body }) => body.total_earnings);
    };
    const buy = async (email: string) => {
      const { token } = await signUp(shop, email);
      const { body } = await shop.call("POST", "/api/payments/payments/", {
        token,
        body: { course_id: course.id },
      });
      await pay(body.checkout_url);
    };
    await buy("first@example.com");
    assert.deepEqual(await earned(), [9.99, 0]);
    await join(33);
    assert.deepEqual(await earned(), [9.99, 0], "joining gives no part of what was sold before");
    await buy("second@example.com");
    const [mine, theirs] = await earned();
    assert.equal(Math.round((mine! + theirs!) * 100), 2 * 999);
    assert.ok(Math.abs(theirs! - 9.99 * 0.33) < 0.01);
    await owner.as("DELETE", `${path}/tutors/${other.id}/`);
    await buy("third@example.com");
    assert.deepEqual(await earned(), [mine! + 9.99, theirs], "going takes nothing of what was earned");
  },
);
