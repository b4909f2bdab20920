import assert from "node:assert/strict";
import { type Caller, ROLE } from "../../../domain/accounts/ports.ts";
import type { AuditEntry } from "../../../domain/audit/ports.ts";
import { DomainError } from "../../../domain/errors.ts";
import {
  changePromotion,
  listPromotions,
  showPromotion,
} from "../../../domain/promotions/manage_promotions.ts";
import type {
  Promotion,
  PromotionChange,
  PromotionReads,
  PromotionRights,
  Promotions,
} from "../../../domain/promotions/ports.ts";

const NOW = new Date("2026-03-01T12:00:00Z");
const BEFORE = new Date("2026-02-01T12:00:00Z");
const LATER = new Date("2026-04-01T12:00:00Z");
const LATEST = new Date("2026-05-01T12:00:00Z");

const caller = (role: Caller["role"], id: string): Caller => ({ id, role, signInId: "session" });
const ADMIN = caller(ROLE.admin, "admin");
const TUTOR = caller(ROLE.tutor, "tutor");
const STUDENT = caller(ROLE.student, "student");

type Known = Promotion & PromotionRights;

const THEIRS: Known = {
  id: "promotion-1",
  code: "SPRING",
  createdBy: "tutor",
  discount: { percent: 25 },
  minimums: [],
  courseIds: ["algebra"],
  validFrom: BEFORE,
  validUntil: LATER,
  maxRedemptions: 5,
  perStudentLimit: 1,
  isActive: true,
  createdAt: BEFORE,
  isTheirs: true,
  ownsCourse: false,
  isShops: false,
  isOrphaned: false,
  endedBy: null,
};
/** Another tutor's, for a course that the caller owns. */
const ANOTHERS: Partial<Known> = { isTheirs: false, ownsCourse: true };
const FOREIGN: Partial<Known> = { isTheirs: false };

function shop(given: Partial<Known> | null = {}, used = { all: 0, byOneStudent: 0 }) {
  const known = given && { ...THEIRS, ...given };
  const changed: unknown[][] = [];
  const noted: AuditEntry[] = [];
  const asked: unknown[] = [];
  const promotions = {
    lock: (id: string, callerId: string) => Promise.resolve((asked.push([id, callerId]), known)),
    used: () => Promise.resolve(used),
    change: (...all: unknown[]) => Promise.resolve((changed.push(all), known)),
  } as unknown as Promotions;
  const promotionReads: PromotionReads = {
    byId: (id, callerId) =>
      Promise.resolve((asked.push([id, callerId]), known && { ...known, redemptions: 2 })),
    list: (...all) => Promise.resolve((asked.push(all), { count: 7, promotions: [] })),
  };
  const audit = { record: (...entries: AuditEntry[]) => Promise.resolve(void noted.push(...entries)) };
  const deps = {
    promotionReads,
    transaction: <R>(work: (stores: { promotions: Promotions; audit: typeof audit }) => Promise<R>) =>
      work({ promotions, audit }),
    clock: () => NOW,
  };
  return {
    deps,
    asked,
    changed,
    noted,
    show: (by: Caller) => showPromotion(deps, { caller: by, promotionId: "promotion-1" }),
    change: (by: Caller, change: PromotionChange) =>
      changePromotion(deps, { caller: by, requestId: "request", promotionId: "promotion-1", change }),
  };
}

function refuses(code: string, message: RegExp) {
  return (error: unknown) => {
    assert.ok(error instanceof DomainError, String(error));
    assert.deepEqual([error.code, message.test(error.message)], [code, true], error.message);
    return true;
  };
}

Deno.test("promotions are listed by role: all for administrators, the visible ones for tutors, none for students", async () => {
  const range = { limit: 10, offset: 20 };
  const filter = { code: "SPRING", isActive: true };
  const { deps, asked } = shop();
  assert.equal((await listPromotions(deps, { caller: ADMIN, filter, range })).count, 7);
  await listPromotions(deps, { caller: TUTOR, filter, range });
  assert.deepEqual(asked, [
    [{ ...filter, visibleTo: null }, range],
    [{ ...filter, visibleTo: "tutor" }, range],
  ]);
  await assert.rejects(
    listPromotions(deps, { caller: STUDENT, filter, range }),
    refuses("forbidden", /tutors/),
  );
  assert.equal(asked.length, 2);
});

for (
  const [whose, given] of [
    ["their own", {}],
    ["another's for a course that they own", ANOTHERS],
  ] as const
) {
  Deno.test(`a tutor sees a promotion that is ${whose}`, async () => {
    const { show, asked } = shop(given);
    const { code, redemptions } = await show(TUTOR);
    assert.deepEqual([code, redemptions, asked], ["SPRING", 2, [["promotion-1", "tutor"]]]);
  });
}

Deno.test("a promotion that does not concern a tutor does not exist for them, but does for administrators", async () => {
  await assert.rejects(shop(FOREIGN).show(TUTOR), refuses("not_found", /no such promotion/));
  await assert.rejects(shop(FOREIGN).change(TUTOR, { isActive: false }), refuses("not_found", /./));
  assert.equal((await shop(FOREIGN).show(ADMIN)).code, "SPRING");
  for (const by of [TUTOR, ADMIN]) await assert.rejects(shop(null).show(by), refuses("not_found", /./));
  await assert.rejects(shop().show(STUDENT), refuses("forbidden", /tutors/));
  await assert.rejects(shop().change(STUDENT, {}), refuses("forbidden", /tutors/));
});

Deno.test("a change of limits is stored, and an administrator's is logged with the previous values", async () => {
  const change = { validUntil: LATEST, maxRedemptions: 9, perStudentLimit: null };
  const own = shop();
  assert.equal((await own.change(TUTOR, change)).redemptions, 2);
  assert.deepEqual(own.changed, [["promotion-1", change]]);
  assert.deepEqual(own.noted, []);
  assert.deepEqual(own.asked, [["promotion-1", "tutor"], ["promotion-1", "tutor"]]);
  const shops = shop(FOREIGN);
  await shops.change(ADMIN, change);
  assert.deepEqual(shops.changed, [["promotion-1", change]]);
  assert.deepEqual(shops.noted, [{
    actorId: "admin",
    keyId: null,
    action: "promotion.change",
    subject: { type: "promotion", id: "promotion-1" },
    before: {
      validFrom: BEFORE,
      validUntil: LATER,
      maxRedemptions: 5,
      perStudentLimit: 1,
      isActive: true,
    },
    after: change,
    requestId: "request",
  }]);
});

for (
  const [what, change] of [
    ["an end that is past", { validUntil: NOW }],
    ["an end before the start that stands", { validUntil: new Date("2026-01-01T00:00:00Z") }],
    ["a start after the end that stands", { validFrom: LATEST }],
    ["a start at the end that stands", { validFrom: LATER }],
  ] as const
) {
  Deno.test(`a change to ${what} is refused, and nothing is stored`, async () => {
    const { change: make, changed, noted } = shop();
    await assert.rejects(make(ADMIN, change), refuses("invalid_input", /end must be/));
    assert.deepEqual([changed, noted], [[], []]);
  });
}

Deno.test("an expired promotion may still be ended and limited, because its dates do not change", async () => {
  const { change, changed } = shop({ validUntil: BEFORE, validFrom: null });
  await change(TUTOR, { maxRedemptions: 1 });
  await change(TUTOR, { isActive: false });
  assert.equal(changed.length, 2);
  await assert.rejects(change(TUTOR, { validFrom: LATER }), refuses("invalid_input", /in the future/));
});

for (
  const [what, by, given, change, outcome] of [
    ["a tutor ends their own", TUTOR, {}, { isActive: false }, { endedBy: "tutor" }],
    ["a tutor ends another's for a course of theirs", TUTOR, ANOTHERS, { isActive: false }, {
      endedBy: "tutor",
    }],
    ["an administrator ends a tutor's", ADMIN, FOREIGN, { isActive: false }, { endedBy: "admin" }],
    ["a tutor ends what has ended", TUTOR, { isActive: false, endedBy: "tutor" }, { isActive: false }, {}],
    ["a tutor keeps active what is active", TUTOR, {}, { isActive: true }, {}],
    ["a tutor keeps another's active for a course of theirs", TUTOR, ANOTHERS, { isActive: true }, {}],
    ["a tutor ends what an administrator ended", TUTOR, { isActive: false, endedBy: "admin" }, {
      isActive: false,
    }, {}],
    [
      "a tutor brings back what they ended",
      TUTOR,
      { isActive: false, endedBy: "tutor" },
      { isActive: true },
      {
        endedBy: null,
      },
    ],
    ["a tutor brings back another's that they ended", TUTOR, {
      ...ANOTHERS,
      isActive: false,
      endedBy: "tutor",
    }, {
      isActive: true,
    }, { endedBy: null }],
    ["a tutor brings back their own that nobody ended by hand", TUTOR, { isActive: false }, {
      isActive: true,
    }, {
      endedBy: null,
    }],
    ["an administrator brings back what a tutor ended", ADMIN, {
      ...FOREIGN,
      isActive: false,
      endedBy: "tutor",
    }, {
      isActive: true,
    }, { endedBy: null }],
    [
      "an administrator reactivates a code that lost its creator, and becomes responsible for it",
      ADMIN,
      {
        ...FOREIGN,
        isActive: false,
        isOrphaned: true,
      },
      { isActive: true },
      { endedBy: null, createdBy: "admin" },
    ],
    ["an administrator ends what lost its creator", ADMIN, { ...FOREIGN, isOrphaned: true }, {
      isActive: false,
    }, {
      endedBy: "admin",
    }],
    ["a tutor brings back their own though it counts as orphaned", TUTOR, {
      isActive: false,
      isOrphaned: true,
    }, {
      isActive: true,
    }, { endedBy: null }],
    ["an administrator who is its creator changes the shop's own", ADMIN, { isShops: true }, {
      maxRedemptions: 2,
    }, {}],
    ["somebody who created it changes the shop's own", TUTOR, { isShops: true }, { maxRedemptions: 2 }, {}],
  ] as [string, Caller, Partial<Known>, PromotionChange, object][]
) {
  Deno.test(`it is kept when ${what}, and who answers for that`, async () => {
    const { change: make, changed } = shop(given);
    await make(by, change);
    assert.deepEqual(changed, [["promotion-1", { ...change, ...outcome }]]);
  });
}

for (
  const [what, given, change, why] of [
    [
      "end a code of the shop's for a course of theirs",
      { ...ANOTHERS, isShops: true },
      { isActive: false },
      /belongs to the shop/,
    ],
    ["limit another's", ANOTHERS, { maxRedemptions: 1 }, /another tutor's/],
    [
      "limit another's while they end it",
      ANOTHERS,
      { isActive: false, perStudentLimit: null },
      /another tutor's/,
    ],
    ["bring back their own that an administrator ended", { isActive: false, endedBy: "admin" }, {
      isActive: true,
    }, /person who ended/],
    ["bring back another's that its creator ended", { ...ANOTHERS, isActive: false, endedBy: "other" }, {
      isActive: true,
    }, /person who ended/],
    [
      "bring back another's that nobody ended by hand",
      { ...ANOTHERS, isActive: false },
      { isActive: true },
      /person who ended/,
    ],
  ] as [string, Partial<Known>, PromotionChange, RegExp][]
) {
  Deno.test(`a tutor does not ${what}`, async () => {
    const { change: make, changed, noted } = shop(given);
    await assert.rejects(make(TUTOR, change), refuses("forbidden", why));
    assert.deepEqual([changed, noted], [[], []]);
  });
}

Deno.test("limits below the current use are each refused by name", async () => {
  const used = { all: 3, byOneStudent: 2 };
  const kept: PromotionChange[] = [
    { maxRedemptions: 3, perStudentLimit: 2 },
    { maxRedemptions: null, perStudentLimit: null },
    { isActive: false },
  ];
  for (const change of kept) {
    const { change: make, changed } = shop({}, used);
    await make(TUTOR, change);
    assert.equal(changed.length, 1);
  }
  for (
    const [change, field, count] of [
      [{ maxRedemptions: 2 }, "max_redemptions", 3],
      [{ maxRedemptions: 9, perStudentLimit: 1 }, "per_student_limit", 2],
    ] as [PromotionChange, string, number][]
  ) {
    const { change: make, changed } = shop({}, used);
    await assert.rejects(make(ADMIN, change), (error) => {
      const { code, details } = error as DomainError;
      const message = `The code is used ${count} times already: end it, or set no less.`;
      assert.deepEqual([code, details.fields], ["invalid_input", { [field]: [message] }]);
      return true;
    });
    assert.deepEqual(changed, []);
  }
});
