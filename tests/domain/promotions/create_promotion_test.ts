import assert from "node:assert/strict";
import { type Caller, ROLE } from "../../../domain/accounts/ports.ts";
import type { AuditEntry } from "../../../domain/audit/ports.ts";
import { DomainError } from "../../../domain/errors.ts";
import { createPromotion } from "../../../domain/promotions/create_promotion.ts";
import type { NewPromotion, Promotion, Promotions } from "../../../domain/promotions/ports.ts";

const NOW = new Date("2026-03-01T12:00:00Z");
const BEFORE = new Date("2026-03-01T11:59:59Z");
const SOON = new Date("2026-03-01T12:00:01Z");
const LATER = new Date("2026-04-01T12:00:00Z");

const caller = (role: Caller["role"], id = "somebody"): Caller => ({ id, role, signInId: "session" });
const ADMIN = caller(ROLE.admin, "admin");
const TUTOR = caller(ROLE.tutor, "tutor");

/** A shop with a taken code, and two courses of which the tutor teaches one. */
function shop() {
  const added: NewPromotion[] = [];
  const noted: AuditEntry[] = [];
  const promotions = {
    add(promotion: NewPromotion) {
      if (promotion.code === "TAKEN") return Promise.resolve(null);
      added.push(promotion);
      return Promise.resolve<Promotion>({ ...promotion, id: "promotion-1", isActive: true, createdAt: NOW });
    },
    coursesTaught: (ids: string[], tutorId: string | null) =>
      Promise.resolve(
        ids.filter((id) => tutorId === null ? ["algebra", "optics"].includes(id) : id === "algebra"),
      ),
  } as Partial<Promotions> as Promotions;
  const audit = { record: (...entries: AuditEntry[]) => Promise.resolve(void noted.push(...entries)) };
  return {
    added,
    noted,
    create: (by: Caller, change: Partial<NewPromotion> = {}) =>
      createPromotion({ transaction: (work) => work({ promotions, audit }), clock: () => NOW }, {
        caller: by,
        requestId: "request",
        promotion: {
          code: "Spring5",
          discount: { percent: 25 },
          minimums: [],
          courseIds: ["algebra"],
          validFrom: null,
          validUntil: null,
          maxRedemptions: 3,
          perStudentLimit: 1,
          ...change,
        } as Omit<NewPromotion, "createdBy">,
      }),
  };
}

function refuses(code: string, field: string | null, message: RegExp) {
  return (error: unknown) => {
    assert.ok(error instanceof DomainError, String(error));
    assert.equal(error.code, code);
    assert.match(error.message, message);
    if (field === null) return true;
    assert.deepEqual(Object.keys(error.details.fields!), [field]);
    assert.deepEqual(error.details.fields![field], [error.message]);
    return true;
  };
}

Deno.test("a tutor's code for their course is stored in capitals, in their name, without an audit entry", async () => {
  const { create, added, noted } = shop();
  const promotion = await create(TUTOR);
  assert.equal(promotion.id, "promotion-1");
  assert.deepEqual([added.length, added[0]!.code, added[0]!.createdBy], [1, "SPRING5", "tutor"]);
  assert.deepEqual([added[0]!.maxRedemptions, added[0]!.perStudentLimit], [3, 1]);
  assert.deepEqual(noted, []);
});

Deno.test("an administrator's code for all courses is recorded in the audit log, with amounts as text", async () => {
  const { create, noted } = shop();
  await create(ADMIN, { courseIds: [], minimums: [{ amount: 2000n, currency: "usd" }] });
  const amounts = [{ amount: 500n, currency: "usd" }, { amount: 700n, currency: "eur" }];
  await create(ADMIN, { courseIds: ["algebra", "optics"], discount: { amounts } });
  assert.deepEqual(noted, [
    {
      actorId: "admin",
      keyId: null,
      action: "promotion.add",
      subject: { type: "promotion", id: "promotion-1" },
      after: { code: "SPRING5", percent: 25, minimums: ["2000 usd"], courseIds: [] },
      requestId: "request",
    },
    {
      actorId: "admin",
      keyId: null,
      action: "promotion.add",
      subject: { type: "promotion", id: "promotion-1" },
      after: {
        code: "SPRING5",
        amounts: ["500 usd", "700 eur"],
        minimums: [],
        courseIds: ["algebra", "optics"],
      },
      requestId: "request",
    },
  ]);
});

for (
  const [what, by, change, refusal] of [
    ["of a student", caller(ROLE.student), {}, ["forbidden", null, /Only tutors/]],
    ["that is taken, in whatever case", TUTOR, { code: "taken" }, [
      "invalid_input",
      "code",
      /^The code TAKEN is taken\.$/,
    ]],
    ["of a tutor for all courses", TUTOR, { courseIds: [] }, [
      "invalid_input",
      "course_ids",
      /Name which of your courses/,
    ]],
    ["of a tutor for others' courses, which it names", TUTOR, { courseIds: ["algebra", "optics", "music"] }, [
      "invalid_input",
      "course_ids",
      /^You teach no course optics, music\.$/,
    ]],
    ["of an administrator for courses that there are not", ADMIN, { courseIds: ["optics", "music"] }, [
      "invalid_input",
      "course_ids",
      /^There is no course music\.$/,
    ]],
    ["that ends at this moment", TUTOR, { validUntil: NOW }, [
      "invalid_input",
      "valid_until",
      /in the future/,
    ]],
    ["that has ended", TUTOR, { validUntil: BEFORE }, ["invalid_input", "valid_until", /in the future/]],
    ["that ends when it begins", TUTOR, { validFrom: LATER, validUntil: LATER }, [
      "invalid_input",
      "valid_until",
      /after the start/,
    ]],
    ["that ends before it begins", TUTOR, { validFrom: LATER, validUntil: SOON }, [
      "invalid_input",
      "valid_until",
      /after the start/,
    ]],
  ] as [string, Caller, Partial<NewPromotion>, Parameters<typeof refuses>][]
) {
  Deno.test(`a code is refused ${what}, and nothing is stored`, async () => {
    const { create, added, noted } = shop();
    await assert.rejects(create(by, change), refuses(...refusal));
    assert.deepEqual([added, noted], [[], []]);
  });
}

for (
  const [what, change] of [
    ["ends as soon as it begins", { validFrom: NOW, validUntil: SOON }],
    ["has a start alone, in the past", { validFrom: BEFORE }],
    ["has an end alone", { validUntil: SOON }],
  ] as const
) {
  Deno.test(`a code is accepted that ${what}`, async () => {
    const { create, added } = shop();
    await create(TUTOR, change);
    assert.deepEqual(
      [added[0]!.validFrom, added[0]!.validUntil],
      [
        "validFrom" in change ? change.validFrom : null,
        "validUntil" in change ? change.validUntil : null,
      ],
    );
  });
}
