import assert from "node:assert/strict";
import { type Caller, ROLE } from "../../../domain/accounts/ports.ts";
import type { AuditEntry } from "../../../domain/audit/ports.ts";
import type { Authoring, OwnCourse } from "../../../domain/authoring/ports.ts";
import type { Catalog } from "../../../domain/catalog/ports.ts";
import { DomainError } from "../../../domain/errors.ts";
import type { CourseOffer } from "../../../domain/pricing/ports.ts";
import { setOffer, showOffer } from "../../../domain/pricing/set_offer.ts";

const caller = (role: Caller["role"], id: string): Caller => ({ id, role, signInId: "session" });
const ADMIN = caller(ROLE.admin, "admin");
const TUTOR = caller(ROLE.tutor, "tutor");

/** A course on sale that the tutor teaches. `behindLock`: how it is when it has been locked. */
function shop(course: Partial<OwnCourse> | null = {}, behindLock = course) {
  const owned = (given: Partial<OwnCourse> | null) =>
    given && { id: "algebra", isPublished: true, isTaught: true, ...given };
  const authoring = {
    course: (_slug: string, _callerId: string) => Promise.resolve(owned(course)),
    lockCourse: (_id: string, _callerId: string) => Promise.resolve(owned(behindLock)),
  } as Partial<Authoring> as Authoring;
  const kept: CourseOffer[] = [];
  const noted: AuditEntry[] = [];
  const courseOffers = {
    replace: (offer: CourseOffer) => Promise.resolve(void kept.push(offer)),
    of: (id: string) => Promise.resolve(kept.find(({ courseId }) => courseId === id) ?? null),
  };
  const audit = { record: (...entries: AuditEntry[]) => Promise.resolve(void noted.push(...entries)) };
  const catalog = {
    course: () => Promise.resolve({ id: "algebra", isPublished: true, tutors: [] }),
  } as unknown as Catalog;
  return {
    kept,
    noted,
    show: () => showOffer({ catalog, courseOffers }, { slugOrId: "algebra", viewer: null }),
    set: (by: Caller, prices: [string, string][], accessDays: number | null = null) =>
      setOffer({
        authoring,
        courseOffers,
        transaction: (work) => work({ authoring, courseOffers, audit }),
      }, {
        caller: by,
        requestId: "request",
        slugOrId: "algebra-slug",
        prices: prices.map(([price, currency]) => ({ price, currency })),
        accessDays,
      }),
  };
}

function faults(expected: Record<string, RegExp>) {
  return (error: unknown) => {
    assert.ok(error instanceof DomainError, String(error));
    assert.equal(error.code, "invalid_input");
    const { fields } = error.details;
    assert.deepEqual(Object.keys(fields!), Object.keys(expected));
    for (const [field, message] of Object.entries(expected)) assert.match(fields![field]![0]!, message);
    return true;
  };
}

const isRefusal = (code: string) => (error: unknown) => error instanceof DomainError && error.code === code;

Deno.test("a tutor sets prices and days of access of their course, without an audit entry", async () => {
  const { set, kept, noted } = shop();
  const offer = await set(TUTOR, [["49.90", "USD"], ["6000", "jpy"]], 90);
  const prices = [{ amount: 4990n, currency: "usd" }, { amount: 6000n, currency: "jpy" }];
  assert.deepEqual(offer, { courseId: "algebra", prices, accessDays: 90 });
  assert.deepEqual(kept, [offer]);
  assert.deepEqual(noted, []);
});

Deno.test("prices that an administrator sets are recorded in the audit log", async () => {
  const { set, noted } = shop({ isTaught: false });
  await set(ADMIN, [["49.90", "usd"], ["45", "eur"]]);
  assert.deepEqual(noted, [{
    actorId: "admin",
    keyId: null,
    action: "course.price",
    subject: { type: "course", id: "algebra" },
    after: { prices: ["4990 usd", "4500 eur"], accessDays: null },
    requestId: "request",
  }]);
});

Deno.test("prices by somebody who does not teach the course, or stops teaching it meanwhile, are refused", async () => {
  for (
    const [course, behindLock, code] of [
      [{ isTaught: false }, {}, "forbidden"],
      [{ isTaught: false, isPublished: false }, {}, "not_found"],
      [null, {}, "not_found"],
      [{}, { isTaught: false }, "forbidden"],
      [{}, null, "not_found"],
    ] as const
  ) {
    const { set, kept, noted } = shop(course, behindLock);
    await assert.rejects(set(TUTOR, [["49.90", "usd"]]), isRefusal(code));
    assert.deepEqual([kept, noted], [[], []]);
  }
});

Deno.test("a course is free in every currency or in none: currencies that alone would be free are named", async () => {
  const { set, kept } = shop({ isPublished: false });
  await assert.rejects(
    set(TUTOR, [["0", "usd"], ["45", "eur"], ["0.00", "gbp"]]),
    faults({ "prices.0.price": /in every currency, or in none/, "prices.2.price": /or in none/ }),
  );
  assert.deepEqual(kept, []);
  assert.deepEqual((await set(TUTOR, [["0", "usd"], ["0", "eur"]])).prices.map(({ amount }) => amount), [
    0n,
    0n,
  ]);
});

Deno.test("prices that cannot be charged are refused by name for a course on sale, but not for a draft", async () => {
  const prices: [string, string][] = [["0.49", "usd"], ["0.50", "eur"], ["0.29", "gbp"]];
  const onSale = shop();
  await assert.rejects(
    onSale.set(TUTOR, prices),
    faults({
      "prices.0.price": /minimum charge is 0\.50 USD/,
      "prices.2.price": /minimum charge is 0\.30 GBP/,
    }),
  );
  assert.deepEqual(onSale.kept, []);
  assert.equal((await shop({ isPublished: false }).set(TUTOR, prices)).prices.length, 3);
  assert.equal((await onSale.set(TUTOR, [["0.50", "usd"]])).prices.length, 1);
});

Deno.test("prices that cannot be read are refused", async () => {
  await assert.rejects(
    shop().set(TUTOR, [["much", "usd"]]),
    faults({ "prices.0.price": /number of 0 or more/ }),
  );
});

Deno.test("an offer is shown to everybody who sees the course; without a course there is none", async () => {
  const { show, set } = shop();
  await assert.rejects(show(), isRefusal("not_found"));
  await set(TUTOR, [["49.90", "usd"]], 30);
  assert.deepEqual(await show(), {
    courseId: "algebra",
    prices: [{ amount: 4990n, currency: "usd" }],
    accessDays: 30,
  });
});
