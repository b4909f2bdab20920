import assert from "node:assert/strict";
import type { Notice } from "../../domain/notifications/ports.ts";
import { addOrder, addPlainCourse } from "../support/mail_facts.ts";
import { addUser, mailing } from "../support/mailing.ts";
import { databaseTest } from "../support/test_database.ts";

databaseTest(
  "a mail comes in the person's language, with a link that works, and by name once the address is proven",
  async ({ sql }) => {
    const maria = await addUser(sql, "maria@example.com", {
      firstName: "María",
      language: "es",
      isVerified: false,
    });
    const mails = mailing(sql);
    await mails.add({ kind: "verify_email", userId: maria });
    await mails.deliver();
    await sql`update users set email_verified_at = now()`;
    await mails.add({ kind: "welcome", userId: maria });
    await mails.deliver();
    const [mail, welcome] = mails.sent;
    assert.equal(mail!.subject, "Verifica tu dirección de correo");
    assert.match(mail!.text, /^Hola:/);
    assert.match(welcome!.text, /^Hola, María:/);
    const token = mail!.text.match(/token=(\S+)/)![1]!;
    const claim = { userId: maria, email: "maria@example.com", version: 1 };
    assert.deepEqual(await mails.deps.tokens.readLink("verify_email", token), claim);
  },
);

databaseTest("a mail of any kind is cancelled if its cause was undone", async ({ sql }) => {
  const ada = await addUser(sql);
  const order = await addOrder(sql, ada, "refunded");
  const mails = mailing(sql);
  const gone = crypto.randomUUID();
  const notices: [Notice, string][] = [
    [{ kind: "order_confirmation", orderId: order }, "the order is refunded"],
    [{ kind: "payment_processing", orderId: order }, "the order is refunded"],
    [{ kind: "payment_failed", orderId: order }, "the order is refunded"],
    [{ kind: "order_confirmation", orderId: gone }, "the order is gone"],
    [{ kind: "payment_processing", orderId: gone }, "the order is gone"],
    [{ kind: "payment_failed", orderId: "nonsense" }, "the order is gone"],
    [{ kind: "welcome", userId: gone }, "the account is gone"],
    [{ kind: "verify_email", userId: gone }, "the account is gone"],
    [{ kind: "password_changed", userId: gone }, "the account is gone"],
    [{ kind: "email_changed", userId: gone, formerEmail: "a@example.com" }, "the account is gone"],
    [{ kind: "new_sign_in", sessionId: gone }, "the session has ended"],
    [{ kind: "access_granted", grantId: gone }, "the access has ended"],
    [{ kind: "access_ended", grantId: gone }, "the grant is gone"],
    [
      { kind: "course_update", updateId: gone, userId: ada },
      "the update or the access to its course is gone",
    ],
    [{ kind: "tutor_digest", tutorId: ada, day: "2026-03-01" }, "nothing happened on that day"],
    [{ kind: "verify_email", userId: ada }, "the address is verified already"],
    [{ kind: "refund", refundId: gone }, "the refund or its order is gone"],
    [{ kind: "tutor_invitation", invitationId: gone }, "the invitation is no longer open"],
    [{ kind: "confirm_email_change", userId: ada }, "the change of address was withdrawn"],
    [{ kind: "confirm_email_change", userId: gone }, "the account is gone"],
    [{ kind: "reset_password", userId: gone }, "the account is gone"],
    [{ kind: "choose_password", userId: gone, isMerged: false }, "the account is gone"],
    [{ kind: "choose_password", userId: ada, isMerged: true }, "a password has been chosen already"],
    [{ kind: "access_ending", grantId: gone }, "the access has ended"],
  ];
  await sql`update users set email_verified_at = now(), credentials_version = 2`;
  for (const [notice] of notices) await mails.add(notice);
  await mails.deliver();
  assert.deepEqual(
    (await mails.states()).map(({ state, reason }) => `${state}: ${reason}`).sort(),
    notices.map(([, reason]) => `cancelled: ${reason}`).sort(),
  );
  assert.deepEqual(mails.sent, []);
});

databaseTest("mails about orders, access and sign-ins have the current facts", async ({ sql }) => {
  const ada = await addUser(sql);
  const [algebra, biology] = [await addPlainCourse(sql), await addPlainCourse(sql, "biology")];
  const [grant] = await sql<{ id: string }[]>`
    insert into grants (student_id, course_id, source, ends_at)
    values (${ada}, ${algebra}, 'administrator', now() + interval '1 hour') returning id`;
  const [over] = await sql<{ id: string }[]>`
    insert into grants (student_id, course_id, source, starts_at, ends_at)
    values (${ada}, ${biology}, 'administrator', now() - interval '2 days', now() - interval '1 day') returning id`;
  const [session] = await sql<{ id: string }[]>`
    insert into sessions (user_id, expires_at, device) values (${ada}, now(), 'Firefox on Linux') returning id`;
  const mails = mailing(sql);
  const say = async (notice: Notice) => {
    await mails.add(notice);
    await mails.deliver();
    const mail = mails.sent.pop();
    assert.ok(mail, `${notice.kind}: ${JSON.stringify((await mails.states()).at(-1))}`);
    return mail;
  };
  const confirmation = await say({ kind: "order_confirmation", orderId: await addOrder(sql, ada, "paid") });
  assert.equal(confirmation.subject, "You now have access to Algebra");
  assert.match(confirmation.text, /Algebra: \$49\.00\nDiscount: −\$9\.00\nTotal: \$40\.00/);
  assert.ok(confirmation.text.includes("https://shop.example/courses/algebra"));
  const failed = await say({ kind: "payment_failed", orderId: await addOrder(sql, ada, "failed") });
  assert.match(failed.text, /\$40\.00 for Algebra did not go through/);
  const processing = await say({
    kind: "payment_processing",
    orderId: await addOrder(sql, ada, "processing"),
  });
  assert.match(processing.text, /being processed/);
  assert.match((await say({ kind: "access_granted", grantId: grant!.id })).text, /Your access lasts until/);
  const ending = await say({ kind: "access_ending", grantId: grant!.id });
  assert.equal(ending.subject, "Your access to Algebra ends soon");
  const ended = await say({ kind: "access_ended", grantId: over!.id });
  assert.match(ended.text, /Your access to Biology has expired/);
  const signIn = await say({ kind: "new_sign_in", sessionId: session!.id });
  assert.match(signIn.text, /Device: Firefox on Linux/);
  const reset = await say({ kind: "reset_password", userId: ada });
  const link = reset.text.match(/https:\S+reset-password\/\?token=(\S+)/)!;
  assert.ok(await mails.deps.tokens.readLink("reset_password", link[1]!));
  const moved = await say({ kind: "choose_password", userId: ada, isMerged: false });
  const [, token] = moved.text.match(/https:\S+reset-password\/\?token=(\S+)/)!;
  assert.ok(await mails.deps.tokens.readLink("reset_password", token!), "it leads to the same page");
  const { exp } = JSON.parse(atob(token!.split(".")[1]!.replaceAll("-", "+").replaceAll("_", "/")));
  assert.ok(exp > Date.now() / 1000 + 13 * 24 * 3600, "for two weeks");
  await sql`update users set pending_email = 'newer@example.com' where id = ${ada}`;
  const confirm = await say({ kind: "confirm_email_change", userId: ada });
  assert.equal(confirm.to, "newer@example.com");
  const changed = await say({ kind: "email_changed", userId: ada, formerEmail: "former@example.com" });
  assert.equal(changed.to, "former@example.com", "the former owner hears of it");
  assert.match(changed.text, /now uses a\*\*\*@example\.com/);
  assert.match((await say({ kind: "password_changed", userId: ada })).text, /was changed/);
  const [invitation] = await sql<{ id: string }[]>`
    insert into tutor_invitations (course_id, email, share_percent, invited_by)
    values (${algebra}, 'new@example.com', 40, ${ada}) returning id`;
  const invited = await say({ kind: "tutor_invitation", invitationId: invitation!.id });
  assert.deepEqual([invited.to, invited.subject], ["new@example.com", "Teach Algebra with us"]);
  assert.match(invited.text, /Ada has invited you to teach Algebra on 11Tutors, for 40% of what it\nearns/);
  const refund = async (status: string) => {
    const orderId = await addOrder(sql, ada, "refunded");
    const [row] = await sql<{ id: string }[]>`
      insert into refunds (order_id, payment_intent_id, amount, currency, status, origin)
      values (${orderId}, 'pi', 4000, 'usd', ${status}, 'administrator') returning id`;
    return { kind: "refund" as const, refundId: row!.id };
  };
  assert.equal((await say(await refund("succeeded"))).subject, "We have refunded $40.00");
  await mails.add(await refund("failed"));
  await mails.deliver();
  assert.deepEqual(mails.sent, [], "a refund that failed is no refund");
  for (
    const [change, words] of [
      [sql`payment_hold = 'refunded'`, /because the purchase was refunded/],
      [sql`payment_hold = 'disputed'`, /because the payment was disputed/],
      [sql`payment_hold = null, revoked_at = now()`, /was withdrawn/],
    ] as const
  ) {
    await sql`delete from mails`;
    await sql`update grants set ${change} where id = ${over!.id}`;
    assert.match((await say({ kind: "access_ended", grantId: over!.id })).text, words);
  }
  const bought = await addOrder(sql, "deleted account", "paid");
  assert.equal((await say({ kind: "order_confirmation", orderId: bought })).to, "buyer@example.com");
  await mails.add({ kind: "access_ended", grantId: grant!.id });
  await mails.deliver();
  assert.deepEqual(mails.sent, [], "there is access still");
});
