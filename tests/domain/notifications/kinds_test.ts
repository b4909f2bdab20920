import assert from "node:assert/strict";
import { SAMPLES } from "../../../adapters/letters/samples.ts";
import { LANES } from "../../../domain/notifications/mails/ports.ts";
import { KINDS, type Reach, reachOf } from "../../../domain/notifications/kinds.ts";
import type { Message, NoticeKind } from "../../../domain/notifications/ports.ts";

const message = (kind: NoticeKind, change = {}) =>
  ({ kind, data: { ...SAMPLES[kind], ...change } }) as Message;

/** Whom each kind is mailed to, said once more, so that a change is meant. */
const REACH: Record<NoticeKind, Reach> = {
  welcome: "proven",
  verify_email: "anyone",
  confirm_email_change: "anyone",
  email_changed: "anyone",
  reset_password: "anyone",
  choose_password: "anyone",
  password_changed: "anyone",
  new_sign_in: "anyone",
  tutor_invitation: "anyone",
  order_confirmation: "payer",
  payment_processing: "anyone",
  payment_failed: "anyone",
  refund: "payer",
  access_granted: "anyone",
  access_ending: "anyone",
  access_ended: "anyone",
  course_update: "proven",
  tutor_digest: "anyone",
  operator_alert: "payer",
};

Deno.test("texts by others go to verified addresses only, and a receipt to the payer", () => {
  for (const kind of Object.keys(KINDS) as NoticeKind[]) {
    assert.equal(reachOf(message(kind)), REACH[kind], kind);
  }
  const nothing = { total: { amount: 0n, currency: "usd" } };
  assert.equal(
    reachOf(message("order_confirmation", nothing)),
    "proven",
    "what cost nothing is had without end",
  );
  assert.equal(reachOf(message("tutor_digest", { sales: [] })), "proven", "comments are what others write");
});

Deno.test("bulk mail and mail caused by others leave the share for sign-in and receipts", () => {
  const [money, accounts, newcomers, others, bulk] = Object.values(LANES);
  assert.ok(
    money === 1 && accounts! < money && newcomers! < accounts! && others! < newcomers! && bulk! < others!,
  );
  for (const [kind, { lane, topic }] of Object.entries(KINDS)) {
    if (/^(order|payment|refund)/.test(kind)) assert.equal(lane, "money", kind);
    // Those who are invited to choose a password do not wait for it, unlike those who ask for one.
    if (kind === "choose_password") {
      assert.deepEqual([lane, topic], ["bulk", undefined]);
      continue;
    }
    if (/password|sign_in/.test(kind)) assert.equal(lane, "accounts", kind);
    if (/invitation|access/.test(kind)) assert.equal(lane, "others", kind);
    assert.equal(lane === "bulk", topic !== undefined, `${kind}: what goes to many can be declined`);
  }
});
