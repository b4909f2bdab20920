import assert from "node:assert/strict";
import { judgeGrant } from "../../../domain/access/judge_grant.ts";
import { planGrant, planRevocation } from "../../../domain/access/plan_row.ts";
import type { Grant, ResolvedReference } from "../../../domain/access/ports.ts";

const NOW = new Date("2026-03-01T12:00:00Z");
const YESTERDAY = new Date("2026-02-28T12:00:00Z");
const TOMORROW = new Date("2026-03-02T12:00:00Z");
const LATER = new Date("2026-04-01T12:00:00Z");

function grant(given: Partial<Grant> = {}): Grant {
  return {
    id: "grant-1",
    studentId: "ada",
    studentEmail: "ada@example.com",
    isStudentVerified: true,
    courseId: "algebra",
    courseTitle: "Algebra",
    source: "administrator",
    orderId: null,
    grantedBy: "admin",
    reason: "",
    startsAt: YESTERDAY,
    endsAt: null,
    revoked: null,
    paymentHold: null,
    isSuspended: false,
    createdAt: YESTERDAY,
    isActive: true,
    ...given,
  };
}

for (
  const [what, given, counts, why] of [
    ["without an end", {}, true, /^active, without an end$/],
    ["before its end", { endsAt: TOMORROW }, true, /^active until 2026-03-02T12:00:00.000Z$/],
    ["at its very end", { endsAt: NOW, isActive: false }, false, /^ended on 2026-03-01/],
    ["before its start", { startsAt: TOMORROW, isActive: false }, false, /^starts on 2026-03-02/],
    [
      "that was revoked with a reason",
      { revoked: { at: YESTERDAY, by: "admin", reason: "refunded" }, isActive: false },
      false,
      /^revoked on 2026-02-28T12:00:00.000Z: refunded$/,
    ],
    [
      "that was revoked without a reason",
      { revoked: { at: YESTERDAY, by: null, reason: "" }, isActive: false },
      false,
      /^revoked on 2026-02-28T12:00:00.000Z$/,
    ],
    ["in dispute", { paymentHold: "disputed", isActive: false }, false, /^suspended/],
    ["that was refunded", { paymentHold: "refunded", isActive: false }, false, /refunded$/],
    ["whose dispute was lost", { paymentHold: "dispute_lost", isActive: false }, false, /dispute$/],
    ["that is one too many", { paymentHold: "duplicate", isActive: false }, false, /^not needed.*paid back$/],
    ["of a deactivated account", { isSuspended: true, isActive: false }, false, /^suspended.*deactivated$/],
  ] as const
) {
  Deno.test(`judgeGrant on a grant ${what}: ${counts ? "counts" : "does not count"}`, () => {
    const verdict = judgeGrant(grant(given), NOW);
    assert.equal(verdict.counts, counts);
    assert.match(verdict.why, why);
  });
}

const wish = { student: "ada@example.com", course: "algebra", startsAt: null, endsAt: null };
const known = (...grants: Grant[]): ResolvedReference => ({
  studentId: "ada",
  isUnverified: false,
  isDeactivated: false,
  courseId: "algebra",
  grants,
});

Deno.test("planGrant gives the requested access, with or without an end", () => {
  const plan = planGrant({ ...wish, startsAt: TOMORROW, endsAt: LATER }, known(), NOW);
  assert.deepEqual(plan, {
    outcome: "grant",
    message: "Gets access.",
    access: { studentId: "ada", courseId: "algebra", startsAt: TOMORROW, endsAt: LATER },
  });
});

Deno.test("planGrant gives access in addition to a purchase, and says so", () => {
  const plan = planGrant(wish, known(grant({ source: "order_line" })), NOW);
  assert.equal(plan.outcome, "grant");
  assert.match(plan.message, /in addition to what there is \(order_line\)/);
});

Deno.test("planGrant warns of an unverified address", () => {
  const [before, after] = [false, true].map((isUnverified) =>
    planGrant(wish, { ...known(), isUnverified }, NOW).message
  );
  assert.doesNotMatch(before!, /verified/);
  assert.match(after!, /^Gets access. This account has not verified its address/);
});

Deno.test("planGrant changes nothing if as much was already given, and adds access if it was less", () => {
  assert.equal(planGrant(wish, known(grant()), NOW).outcome, "unchanged");
  assert.equal(planGrant({ ...wish, endsAt: LATER }, known(grant()), NOW).outcome, "unchanged");
  assert.equal(
    planGrant({ ...wish, endsAt: TOMORROW }, known(grant({ source: "import", endsAt: LATER })), NOW).outcome,
    "unchanged",
  );
  assert.equal(planGrant(wish, known(grant({ endsAt: LATER })), NOW).outcome, "grant");
  assert.equal(
    planGrant({ ...wish, endsAt: LATER }, known(grant({ endsAt: TOMORROW })), NOW).outcome,
    "grant",
  );
  assert.equal(
    planGrant(wish, known(grant({ startsAt: TOMORROW, isActive: false })), NOW).outcome,
    "grant",
  );
});

for (
  const [what, given, field] of [
    ["an unknown student", { resolved: { ...known(), studentId: null } }, "student"],
    ["an unknown course", { resolved: { ...known(), courseId: null } }, "course"],
    ["a deactivated account", { resolved: { ...known(), isDeactivated: true } }, "student"],
    ["an end before the start", { startsAt: LATER, endsAt: TOMORROW }, "ends_at"],
    ["an end that has passed", { startsAt: new Date(0), endsAt: YESTERDAY }, "ends_at"],
  ] as const
) {
  Deno.test(`planGrant refuses ${what}`, () => {
    const { resolved = known(), ...times } = { ...given } as { resolved?: ResolvedReference };
    const plan = planGrant({ ...wish, ...times }, resolved, NOW);
    assert.equal(plan.outcome === "invalid" && plan.field, field);
  });
}

Deno.test("planRevocation ends every unexpired grant, bought ones too", () => {
  const ended = grant({ id: "grant-0", endsAt: YESTERDAY, isActive: false });
  const plan = planRevocation(
    wish,
    known(ended, grant(), grant({ id: "grant-2", source: "order_line" })),
    NOW,
  );
  assert.equal(plan.outcome, "revoke");
  assert.deepEqual(plan.outcome === "revoke" && plan.grants.map(({ id }) => id), ["grant-1", "grant-2"]);
  assert.match(plan.message, /administrator, order_line/);
});

Deno.test("planRevocation changes nothing if there is nothing to end, and refuses unknown references", () => {
  assert.equal(planRevocation(wish, known(), NOW).outcome, "unchanged");
  assert.equal(planRevocation(wish, { ...known(), studentId: null }, NOW).outcome, "invalid");
});

Deno.test("judgeGrant counts a grant from its very start", () => {
  assert.equal(judgeGrant(grant({ startsAt: NOW }), NOW).counts, true);
});

Deno.test("planGrant refuses an end that is not after the start and the current time", () => {
  for (const wished of [{ startsAt: TOMORROW, endsAt: TOMORROW }, { startsAt: YESTERDAY, endsAt: NOW }]) {
    const plan = planGrant({ ...wish, ...wished }, known(), NOW);
    assert.equal(plan.outcome === "invalid" && plan.field, "ends_at");
  }
});

Deno.test("planGrant changes nothing if exactly the same period was given", () => {
  const given = known(grant({ startsAt: TOMORROW, endsAt: LATER, isActive: false }));
  assert.equal(planGrant({ ...wish, startsAt: TOMORROW, endsAt: LATER }, given, NOW).outcome, "unchanged");
});

Deno.test("planGrant names only access that is active", () => {
  const over = grant({ source: "order_line", isActive: false, endsAt: YESTERDAY });
  assert.equal(planGrant(wish, known(over), NOW).message, "Gets access.");
});

Deno.test("planRevocation ends a grant with a future end, but none that ends now", () => {
  const plan = planRevocation(
    wish,
    known(grant({ id: "to come", endsAt: TOMORROW }), grant({ endsAt: NOW })),
    NOW,
  );
  assert.deepEqual(plan.outcome === "revoke" && plan.grants.map(({ id }) => id), ["to come"]);
});
