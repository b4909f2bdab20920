import assert from "node:assert/strict";
import type { Offer, Order } from "../../../domain/checkout/ports.ts";
import { type PurchaseRequest, quotePurchase } from "../../../domain/checkout/quote_purchase.ts";
import { startCheckout } from "../../../domain/checkout/start_checkout.ts";
import { DomainError } from "../../../domain/errors.ts";
import type { Promotion, Promotions } from "../../../domain/promotions/ports.ts";
import { memoryShop, NOW, offer, openOrder, STUDENT } from "../../support/memory_shop.ts";

const usd = (amount: bigint) => ({ amount, currency: "usd" });
const eur = (amount: bigint) => ({ amount, currency: "eur" });
/** Two courses of unequal price. */
const ALGEBRA = offer("algebra", { price: usd(3000n), otherPrices: [eur(2700n)] });
const OPTICS = offer("optics", { price: usd(2000n), otherPrices: [eur(1900n)] });

const SPRING: Promotion = {
  id: "promotion-1",
  code: "SPRING",
  createdBy: "admin",
  discount: { percent: 10 },
  minimums: [],
  courseIds: [],
  validFrom: null,
  validUntil: null,
  maxRedemptions: null,
  perStudentLimit: null,
  isActive: true,
  createdAt: NOW,
};

/** A shop with a code; `used`: how often others hold it. */
function shop(
  { offers = [ALGEBRA, OPTICS], orders = [], code = {}, used = {} }: {
    offers?: Offer[];
    orders?: Order[];
    code?: Partial<Promotion>;
    used?: { all?: number; byStudent?: number };
  } = {},
) {
  const memory = memoryShop({ offers, orders });
  const locks: unknown[] = [];
  const redeemed: unknown[] = [];
  const promotions = {
    lockByCode(name: string, studentId: string, except: string[]) {
      locks.push([name, studentId, except]);
      const redemptions = { all: 0, byStudent: 0, ...used };
      return Promise.resolve(name === "SPRING" ? { promotion: { ...SPRING, ...code }, redemptions } : null);
    },
    redeem: (id: string, { id: orderId }: { id: string }) =>
      Promise.resolve(void redeemed.push([id, orderId])),
  } as Partial<Promotions> as Promotions;
  const transaction: typeof memory.transaction = (work) =>
    memory.transaction((stores) => work({ ...stores, promotions }));
  const { openPage } = memory.payments;
  const deps = { ...memory, transaction, payments: { ...memory.payments, openPage } };
  const wish = (courseIds: string[], change: Partial<PurchaseRequest> = {}): PurchaseRequest => ({
    studentId: STUDENT,
    courseIds,
    currency: null,
    promotionCode: null,
    ...change,
  });
  return {
    memory,
    locks,
    redeemed,
    quote: (courseIds: string[], change?: Partial<PurchaseRequest>) =>
      quotePurchase(deps, wish(courseIds, change)),
    buy: (courseIds: string[], change?: Partial<PurchaseRequest>) =>
      startCheckout(deps, wish(courseIds, change)),
  };
}

const refused = (code: string, message: RegExp, field?: string) => (error: unknown) => {
  assert.ok(error instanceof DomainError, String(error));
  assert.deepEqual([error.code, message.test(error.message)], [code, true], error.message);
  if (field) assert.deepEqual(error.details.fields, { [field]: [error.details.fields![field]![0]] });
  return true;
};

Deno.test("a quote lists each course once, at its own price, in the requested order", async () => {
  const { quote, memory } = shop();
  assert.deepEqual(await quote(["optics", "algebra", "optics"]), {
    currency: "usd",
    lines: [
      { courseId: "optics", courseSlug: "optics-slug", title: "Course optics", amount: 2000n, discount: 0n },
      {
        courseId: "algebra",
        courseSlug: "algebra-slug",
        title: "Course algebra",
        amount: 3000n,
        discount: 0n,
      },
    ],
    subtotal: 5000n,
    discount: 0n,
    promotion: null,
  });
  assert.deepEqual(memory.state.orders, [], "nothing is kept of it");
});

Deno.test("a quote without a code looks up no code and no abandoned orders", async () => {
  const { quote, memory, locks } = shop();
  memory.orders.unclosed = () => Promise.reject(new Error("nobody needs these"));
  await quote(["algebra"]);
  assert.deepEqual(locks, []);
});

Deno.test("a quote with a code has the discount of each course, however the code is written", async () => {
  const { quote, locks } = shop();
  const { lines, subtotal, discount, promotion } = await quote(["algebra", "optics"], {
    promotionCode: " spring ",
  });
  assert.deepEqual(lines.map((line) => line.discount), [300n, 200n]);
  assert.deepEqual([subtotal, discount, promotion], [5000n, 500n, { id: "promotion-1", code: "SPRING" }]);
  assert.deepEqual(locks, [["SPRING", STUDENT, []]]);
});

Deno.test("uses of a code by the student's own open and abandoned orders do not count against them", async () => {
  const orders = [
    openOrder({ id: "open" }),
    openOrder({ id: "given up", state: "expired", promotionCode: "SPRING" }),
    openOrder({ id: "given up with another code", state: "expired", promotionCode: "OTHER" }),
    openOrder({ id: "given up without", state: "expired" }),
  ];
  const { quote, locks } = shop({ orders });
  await quote(["algebra"], { promotionCode: "SPRING" });
  assert.deepEqual(locks, [["SPRING", STUDENT, ["open", "given up"]]]);
});

for (
  const [what, offers, wanted, currency] of [
    ["what the buyer chose, in capitals too", [ALGEBRA, OPTICS], "EUR", "eur"],
    [
      "the courses' own, where it is one, though the shop's is another",
      [
        offer("algebra", { price: eur(2700n) }),
        offer("optics", { price: eur(1900n) }),
      ],
      null,
      "eur",
    ],
    [
      "the shop's where the courses' own differ",
      [
        offer("algebra", { price: eur(2700n), otherPrices: [usd(3000n)] }),
        OPTICS,
      ],
      null,
      "usd",
    ],
    [
      "the shop's where the courses' own differ, whichever is named first",
      [
        OPTICS,
        offer("algebra", { price: eur(2700n), otherPrices: [usd(3000n)] }),
      ],
      null,
      "usd",
    ],
  ] as [string, Offer[], string | null, string][]
) {
  Deno.test(`a purchase is in ${what}`, async () => {
    const { quote } = shop({ offers });
    const { currency: chosen, subtotal } = await quote(["algebra", "optics"], { currency: wanted });
    assert.deepEqual([chosen, subtotal], [currency, currency === "eur" ? 4600n : 5000n]);
  });
}

Deno.test("a further price of 0 is ignored, unless the course is free", async () => {
  const half = offer("algebra", { price: usd(3000n), otherPrices: [eur(0n)] });
  await assert.rejects(
    shop({ offers: [half] }).quote(["algebra"], { currency: "eur" }),
    refused("invalid_input", /“Course algebra” cannot be bought in EUR\.$/, "currency"),
  );
  const cent = shop({
    offers: [offer("algebra", { price: usd(3000n), otherPrices: [eur(1n)] })],
    code: { discount: { percent: 100 } },
  });
  const { subtotal } = await cent.quote(["algebra"], { currency: "eur", promotionCode: "SPRING" });
  assert.equal(subtotal, 1n, "the smallest price is one");
  const free = offer("algebra", { price: usd(0n), otherPrices: [eur(0n)] });
  assert.equal((await shop({ offers: [free] }).quote(["algebra"], { currency: "eur" })).subtotal, 0n);
});

for (
  const [what, given, courseIds, change, refusal] of [
    ["no course", {}, [], {}, ["invalid_input", /at least one course/, "course_id"]],
    ["a course that there is not, beside one that there is", {}, ["algebra", "music"], {}, [
      "not_found",
      /no such course on sale/,
    ]],
    [
      "a draft beside a course on sale",
      {
        offers: [ALGEBRA, offer("optics", { isPublished: false })],
      },
      ["algebra", "optics"],
      {},
      ["not_found", /on sale/],
    ],
    ["what is owned", { offers: [ALGEBRA, offer("optics", { isOwned: true })] }, ["algebra", "optics"], {}, [
      "already_enrolled",
      /enrolled in “Course optics”\.$/,
    ]],
    [
      "what is taught",
      { offers: [ALGEBRA, offer("optics", { isTaught: true })] },
      ["algebra", "optics"],
      {},
      [
        "already_enrolled",
        /You teach “Course optics” and can/,
      ],
    ],
    [
      "what was bought and is disputed",
      {
        offers: [ALGEBRA, offer("optics", { unfinished: "disputed" })],
      },
      ["algebra", "optics"],
      {},
      ["payment_processing", /bank holds the payment for “Course optics”, /],
    ],
    [
      "what was bought and is being refunded",
      {
        offers: [offer("algebra", { unfinished: "being_refunded" }), OPTICS],
      },
      ["algebra", "optics"],
      {},
      ["payment_processing", /refund of “Course algebra”, /],
    ],
    [
      "what is being paid for already, beside an open order",
      {
        orders: [openOrder(), openOrder({ id: "b", state: "processing" })],
      },
      ["algebra"],
      {},
      ["payment_processing", /being processed/],
    ],
    [
      "a currency that only one of the courses has",
      {
        offers: [ALGEBRA, offer("optics", { price: usd(2000n) })],
      },
      ["algebra", "optics"],
      { currency: "eur" },
      [
        "invalid_input",
        /^“Course optics” cannot be bought in EUR\.$/,
        "currency",
      ],
    ],
    [
      "a price that cannot be charged",
      {
        offers: [offer("algebra", { price: { amount: 4511n, currency: "kwd" } })],
      },
      ["algebra"],
      {},
      ["invalid_input", /cannot be bought in KWD/, "currency"],
    ],
    ["a code that there is not", {}, ["algebra"], { promotionCode: "AUTUMN" }, [
      "invalid_input",
      /no such code/,
      "promotion_code",
    ]],
    ["a code of blanks", {}, ["algebra"], { promotionCode: "  " }, [
      "invalid_input",
      /no such code/,
      "promotion_code",
    ]],
    ["a code that was ended", { code: { isActive: false } }, ["algebra"], { promotionCode: "SPRING" }, [
      "invalid_input",
      /no longer valid/,
      "promotion_code",
    ]],
    [
      "what comes to less than can be charged",
      { offers: [offer("algebra", { price: usd(49n) })] },
      [
        "algebra",
      ],
      {},
      ["invalid_input", /0\.50 USD/, "course_id"],
    ],
  ] as [string, Parameters<typeof shop>[0], string[], Partial<PurchaseRequest>, Parameters<typeof refused>][]
) {
  Deno.test(`neither quoted nor sold is ${what}`, async () => {
    const { quote, buy, memory, redeemed } = shop(given);
    await assert.rejects(quote(courseIds, change), refused(...refusal));
    await assert.rejects(buy(courseIds, change), refused(...refusal));
    assert.deepEqual(memory.state.orders, structuredClone(given?.orders ?? []));
    assert.deepEqual([memory.openedPages, redeemed], [[], []]);
  });
}

/** An open order for both courses. */
const both = (change: Partial<Order> = {}, prices = [3000n, 2000n], discounts = [0n, 0n]) =>
  openOrder({
    lines: ["algebra", "optics"].map((courseId, index) => ({
      id: `line-${courseId}`,
      courseId,
      courseSlug: `${courseId}-slug`,
      title: `Course ${courseId}`,
      amount: prices[index]!,
      discount: discounts[index]!,
    })),
    subtotal: usd(prices[0]! + prices[1]!),
    ...change,
  });

const COUPON = { promotionCode: "spring" };
const withCode = { promotionCode: "SPRING" };
for (
  const [what, order, ids, change, isSame] of [
    ["the same courses at the same prices", both(), ["algebra", "optics"], {}, true],
    ["the same courses, named otherwise", both(), ["optics", "algebra", "optics"], {}, true],
    ["one of which costs more now", both({}, [3000n, 1900n]), ["algebra", "optics"], {}, false],
    ["whose prices changed places", both({}, [2000n, 3000n]), ["algebra", "optics"], {}, false],
    ["fewer courses", both(), ["algebra"], {}, false],
    [
      "in another currency at the same amounts",
      both({ subtotal: eur(5000n) }),
      ["algebra", "optics"],
      {},
      false,
    ],
    [
      "the same code with the same discount",
      both(withCode, undefined, [300n, 200n]),
      ["algebra", "optics"],
      COUPON,
      true,
    ],
    [
      "the same code with another discount on one",
      both(withCode, undefined, [300n, 199n]),
      ["algebra", "optics"],
      COUPON,
      false,
    ],
    ["a code, where there was none", both({}, undefined, [300n, 200n]), ["algebra", "optics"], COUPON, false],
    ["no code, where there was one", both(withCode), ["algebra", "optics"], {}, false],
    [
      "another code at the same discount",
      both({ promotionCode: "OTHER" }, undefined, [300n, 200n]),
      [
        "algebra",
        "optics",
      ],
      COUPON,
      false,
    ],
  ] as [string, Order, string[], Partial<PurchaseRequest>, boolean][]
) {
  Deno.test(`an open order ${isSame ? "is answered again" : "gives way to a new one"} for ${what}`, async () => {
    const { buy, memory, redeemed } = shop({ orders: [order] });
    const { order: bought, page } = await buy(ids, change);
    assert.equal(bought.id === order.id, isSame);
    assert.equal(memory.state.orders.length, isSame ? 1 : 2);
    assert.equal(memory.state.orders[0]!.state, isSame ? "open" : "expired");
    assert.equal(memory.state.jobs.length, isSame ? 0 : 1);
    assert.deepEqual(redeemed, !isSame && change === COUPON ? [["promotion-1", bought.id]] : []);
    assert.equal(page!.checkoutSessionId, isSame ? order.page!.checkoutSessionId : `cs_${bought.id}_1`);
    if (!isSame) assert.equal(bought.promotionCode, change === COUPON ? "SPRING" : null);
  });
}

const inSeconds = (seconds: number) => new Date(NOW.getTime() + seconds * 1000);
for (
  const [what, order, attempt] of [
    ["with a page that has an instant left", openOrder({ pageExpiresAt: inSeconds(0.001) }), 1],
    ["with a page that ends now", openOrder({ pageExpiresAt: NOW }), 2],
    [
      "without a page, with just as much time as Stripe asks for",
      openOrder({
        state: "created",
        page: null,
        pageExpiresAt: inSeconds(31 * 60),
      }),
      1,
    ],
    [
      "without a page, with a second less",
      openOrder({
        state: "created",
        page: null,
        pageExpiresAt: inSeconds(31 * 60 - 1),
      }),
      2,
    ],
  ] as [string, Order, number][]
) {
  Deno.test(`an open order ${what} is answered at attempt ${attempt}`, async () => {
    const { buy, memory } = shop({ offers: [offer("algebra")], orders: [order] });
    const { order: bought, page } = await buy(["algebra"]);
    assert.deepEqual([bought.id, bought.attempt], ["order-a", attempt]);
    assert.equal(page!.checkoutSessionId, `cs_order-a_${attempt}`);
    const isOpened = order.page === null || attempt === 2;
    assert.equal(memory.openedPages.length, isOpened ? 1 : 0);
    assert.deepEqual(memory.state.orders[0]!.page, page, "the page is kept");
    if (attempt === 2) assert.deepEqual(bought.pageExpiresAt, inSeconds(7200));
  });
}

Deno.test("a new order keeps its page, the code, what it takes off each line and when the page ends", async () => {
  const { buy, memory, redeemed } = shop();
  const { order, page } = await buy(["algebra", "optics"], COUPON);
  const kept = memory.state.orders[0]!;
  assert.deepEqual(kept.lines.map(({ amount, discount }) => [amount, discount]), [[3000n, 300n], [
    2000n,
    200n,
  ]]);
  assert.deepEqual([kept.subtotal, kept.pageExpiresAt, kept.page], [usd(5000n), inSeconds(7200), page]);
  assert.equal(kept.studentId, STUDENT);
  assert.deepEqual(redeemed, [["promotion-1", order.id]]);
});

const HELD = both({ id: "held", state: "expired", promotionCode: "SPRING" });
for (
  const [what, orders, code, used, closed] of [
    ["the last redemption is held by a page that was given up", [HELD], { maxRedemptions: 3 }, { all: 2 }, [
      "held",
    ]],
    ["the student's last is held by a page that was given up", [HELD], { perStudentLimit: 1 }, {}, ["held"]],
    [
      "the last is held by the open page that gives way",
      [both({ id: "held", ...withCode })],
      {
        maxRedemptions: 1,
      },
      {},
      ["held"],
    ],
    [
      "a given-up page and an open one hold the last two",
      [HELD, both({ id: "open", ...withCode })],
      {
        maxRedemptions: 2,
        perStudentLimit: 9,
      },
      {},
      ["held", "open"],
    ],
    ["there is room beside the page that was given up", [HELD], { maxRedemptions: 4, perStudentLimit: 2 }, {
      all: 2,
    }, []],
    ["there is room for the student by the smaller limit alone", [HELD], {
      maxRedemptions: 9,
      perStudentLimit: 2,
    }, {
      byStudent: 1,
    }, ["held"]],
    ["the code has no limit", [HELD], {}, { all: 99 }, []],
    [
      "the page that was given up has no code",
      [both({ id: "held", state: "expired" })],
      { maxRedemptions: 1 },
      {},
      [],
    ],
    [
      "the open page that gives way has another code",
      [both({ id: "held", promotionCode: "OTHER" })],
      {
        maxRedemptions: 1,
      },
      {},
      [],
    ],
  ] as [string, Order[], Partial<Promotion>, { all?: number; byStudent?: number }, string[]][]
) {
  Deno.test(`${closed.length ? "pages are closed first" : "no page is waited for"} when ${what}`, async () => {
    const { buy, memory, redeemed } = shop({ orders, code, used });
    const { order } = await buy(["algebra"], COUPON);
    assert.deepEqual(memory.closedPages, closed);
    assert.equal(order.lines.length, 1);
    assert.deepEqual(redeemed, [["promotion-1", order.id]]);
  });
}

Deno.test("an order that is returned again waits for no page, even if it holds the last use of the code", async () => {
  const own = both(withCode, undefined, [300n, 200n]);
  const { buy, memory } = shop({ orders: [HELD, own], code: { maxRedemptions: 1 } });
  const { order } = await buy(["algebra", "optics"], COUPON);
  assert.equal(order.id, own.id);
  assert.deepEqual(memory.closedPages, []);
});

Deno.test("a conflicting page that cannot be closed is tried three times, then the buyer is asked to wait", async () => {
  const { buy, memory, redeemed } = shop({ orders: [HELD], code: { maxRedemptions: 1 } });
  memory.state.closedPages.push = () => 0;
  const { closedPages } = memory;
  Object.defineProperty(memory.state, "closedPages", { get: () => [], configurable: true });
  await assert.rejects(buy(["algebra"], COUPON), (error) => {
    assert.ok(error instanceof DomainError);
    assert.deepEqual([error.code, error.details.retryAfter], ["vendor_unavailable", 5]);
    return true;
  });
  assert.deepEqual(closedPages, ["held", "held", "held"]);
  assert.deepEqual([memory.openedPages, redeemed], [[], []]);
});

Deno.test("a 100 % code gives the course at once, and a repeated order stays one", async () => {
  const all = { discount: { percent: 100 } };
  const { buy, memory, redeemed } = shop({ code: all });
  const { order } = await buy(["algebra", "optics"], COUPON);
  assert.deepEqual([order.state, memory.state.orders[0]!.state], ["paid", "paid"]);
  assert.deepEqual(redeemed, [["promotion-1", order.id]]);
  const open = both(withCode, undefined, [3000n, 2000n]);
  const again = shop({ code: all, orders: [{ ...open, state: "created", page: null }] });
  assert.equal((await again.buy(["algebra", "optics"], COUPON)).order.id, open.id);
  assert.deepEqual([again.memory.state.orders.length, again.redeemed], [1, []]);
});
