// How a shop must stand when nothing is left to happen, reckoned from Stripe's own ledger and from what people did: in the
// words of payments.md, and apart from the rules that the shop itself judges by (domain/settlement/judge.ts).
import type { Message } from "../../domain/notifications/ports.ts";
import type { Ledger, LedgerRefund, Page } from "./memory_stripe.ts";

export type LineRow = {
  id: string;
  courseId: string;
  /** Price less discount, in cents. */
  net: number;
  grantId: string | null;
  hold: string | null;
  why: string | null;
};
export type OrderRow = {
  id: string;
  studentId: string;
  state: string;
  status: number;
  review: string | null;
  paid: bigint;
  refunded: bigint;
  receipt: bigint | null;
  paidAt: Date | null;
  code: { code: string; isReleased: boolean } | null;
  lines: LineRow[];
};
export type RefundRow = {
  id: string;
  stripeId: string | null;
  orderId: string;
  amount: bigint;
  status: string;
  origin: string;
  failureReason: string | null;
};

/** What people did, as far as it was done. */
export type Diary = {
  /** Of each student, what became of the account and when; it stood before. */
  accounts: { at: number; standing: "stands" | "deactivated" | "erased" }[][];
  gifts: { grantId: string; student: number; course: number; at: number }[];
  /** Grants that an administrator took back. */
  revoked: string[];
  /** What should not have happened on the way. */
  oddities: string[];
};

export type End = {
  students: string[];
  courses: string[];
  ledger: Ledger;
  diary: Diary;
  orders: OrderRow[];
  refunds: RefundRow[];
  /** Who may watch what. */
  watching: { studentId: string; courseId: string }[];
  mails: { kind: string; subject: string; state: string; reason: string | null }[];
  letters: Message[];
  /** Whether students could buy again what they had ordered; why not. */
  answers: { student: number; courseId: string; refused: string | null }[];
  limits: Record<string, { limit: number | null; perStudent: number | null }>;
};

/** What is wrong with an end, by the rule that it breaks: "rule: what"; empty when nothing is. */
export function faultsOf(end: End): string[] {
  return Object.entries(RULES).flatMap(([rule, judge]) => judge(end).map((fault) => `${rule}: ${fault}`));
}

const RULES: Record<string, (end: End) => string[]> = {
  "nothing odd happens on the way": ({ diary }) => diary.oddities,

  "money wins: what was paid counts, what was not does not, and nothing waits for ever": (end) =>
    end.orders.flatMap((order) => {
      const expected = stateOf(end, order);
      return expected.includes(order.state) ? [] : [`${nameOf(end, order)} is not ${expected.join(" or ")}`];
    }),

  "the books say what was charged and given back": (end) =>
    end.orders.flatMap((order) => {
      const page = paymentOf(end, order);
      const [charged, givenBack] = page ? [page.total, givenBackOf(end, page)] : [0n, 0n];
      return order.paid === charged && order.refunded === givenBack ? [] : [
        `${
          nameOf(end, order)
        } says ${order.paid} less ${order.refunded}, Stripe ${charged} less ${givenBack}`,
      ];
    }),

  "an order is paid on one page": ({ ledger, orders }) =>
    orders.flatMap(({ id }) => {
      const paid = ledger.pages.filter(({ orderId, money }) => orderId === id && money === "paid");
      return paid.length > 1 ? [`${id} was paid ${paid.length} times`] : [];
    }),

  "who paid and got nothing back, was given it or had it for free, may watch": (end) =>
    pairs(end).flatMap(({ student, courseId }) => {
      if (accountOf(end, student) !== "stands" || mayWatch(end, student, courseId)) return [];
      const gift = giftsOf(end, student, courseId).length > 0;
      const bought = linesOf(end, student, courseId).filter(({ order, line }) =>
        carries(end, order, line) && order.review === null
      );
      if (!gift && bought.length === 0) return [];
      const why = gift ? "it was given" : bought.map(({ order }) => nameOf(end, order)).join(", ");
      return [`student ${student} may not watch course ${end.courses.indexOf(courseId)}, though ${why}`];
    }),

  "nobody watches what nothing stands for": (end) =>
    pairs(end).flatMap(({ student, courseId }) => {
      if (!mayWatch(end, student, courseId)) return [];
      const stands = accountOf(end, student) === "stands" && (
        giftsOf(end, student, courseId).length > 0 ||
        linesOf(end, student, courseId).some(({ order, line }) => carries(end, order, line))
      );
      return stands ? [] : [`student ${student} watches course ${end.courses.indexOf(courseId)}`];
    }),

  "of one student and course at most one paid line stands unflagged": (end) =>
    pairs(end).flatMap(({ student, courseId }) => {
      const standing = linesOf(end, student, courseId).filter(({ order, line }) =>
        line.net > 0 && isKept(end, order, line) && !isRevoked(end, line) && order.review === null
      );
      return standing.length > 1
        ? [
          `student ${student}, course ${end.courses.indexOf(courseId)}: ${
            standing.map(({ order }) => nameOf(end, order)).join(" and ")
          }`,
        ]
        : [];
    }),

  "nobody pays twice for one course without getting one back": (end) =>
    pairs(end).flatMap(({ student, courseId }) => {
      const kept = linesOf(end, student, courseId).filter(({ order, line }) =>
        line.net > 0 && isKept(end, order, line) && !isRevoked(end, line)
      );
      const stuck = kept.filter(({ order }) => cannotBePaidBack(end, order));
      return kept.length - stuck.length > 1 || (kept.length > 1 && stuck.length === 0)
        ? [
          `student ${student}, course ${end.courses.indexOf(courseId)}: ${
            kept.map(({ order }) => nameOf(end, order)).join(" and ")
          }`,
        ]
        : [];
    }),

  "what an account pays that is gone is given back, or flagged where that failed": (end) =>
    end.orders.flatMap((order) => {
      const page = paymentOf(end, order);
      if (!page || page.heardAt === null || page.total === 0n) return [];
      const student = end.students.indexOf(order.studentId);
      if (accountOf(end, student, page.heardAt) === "stands" || accountOf(end, student) === "stands") {
        return [];
      }
      const isKeptYet = givenBackOf(end, page) < page.total && !isLost(end, page);
      if (!isKeptYet) return [];
      return order.review !== null && cannotBePaidBack(end, order) ? [] : [`${nameOf(end, order)} is kept`];
    }),

  "nothing is granted to an account that was gone when its payment came": (end) =>
    end.orders.flatMap((order) => {
      const page = paymentOf(end, order);
      const student = end.students.indexOf(order.studentId);
      if (!page || page.heardAt === null || standsFrom(end, student, page.heardAt)) return [];
      return order.lines.some(({ grantId }) => grantId !== null) ? [nameOf(end, order)] : [];
    }),

  "a code pays no more orders than its limits allow, unless they are flagged": (end) =>
    Object.entries(end.limits).flatMap(([code, { limit, perStudent }]) => {
      const users = end.orders.filter((order) =>
        order.code?.code === code && order.review === null &&
        (order.state === "paid" || order.state === "partially_refunded")
      ).map(({ studentId }) => studentId);
      const most = Math.max(0, ...Map.groupBy(users, (id) => id).values().map(({ length }) => length));
      return [
        ...(limit !== null && users.length > limit
          ? [`${code} pays ${users.length} orders of ${limit}`]
          : []),
        ...(perStudent !== null && most > perStudent ? [`${code} pays ${most} orders of one student`] : []),
      ];
    }),

  "a code is held by what it paid, and not by what ended unpaid": (end) =>
    end.orders.flatMap((order) => {
      if (!order.code) return [];
      const isUnpaid = order.state === "expired" || order.state === "failed";
      if (isUnpaid && !order.code.isReleased) {
        return [`${nameOf(end, order)} holds ${order.code.code} for ever`];
      }
      return !isUnpaid && order.code.isReleased && order.review === null
        ? [`${nameOf(end, order)} does not count for ${order.code.code}`]
        : [];
    }),

  "a payment is flagged for a reason only": (end) =>
    end.orders.flatMap((order) =>
      order.review !== null && !mayBeFlagged(end, order) ? [`${nameOf(end, order)}: ${order.review}`] : []
    ),

  "the shop pays back by itself only what is flagged": (end) =>
    end.orders.flatMap((order) => {
      const own = end.refunds.filter(({ orderId, origin, stripeId }) =>
        orderId === order.id && stripeId !== null && (origin === "duplicate" || origin === "mismatch")
      );
      const live = own.filter(({ status }) => status !== "failed" && status !== "canceled");
      return live.length > 0 && order.review === null ? [nameOf(end, order)] : [];
    }),

  "every refund of Stripe's is in the books, and none is paid twice": ({ ledger, refunds, orders }) =>
    ledger.refunds.flatMap((refund) => {
      const rows = refunds.filter(({ stripeId }) => stripeId === refund.id);
      const fits = rows.length === 1 && rows[0]!.amount === refund.amount &&
        rows[0]!.status === refund.status &&
        orders.some(({ id }) => id === rows[0]!.orderId);
      return fits
        ? []
        : [`${refund.id} of ${refund.amount}, ${refund.status}: ${rows.map(({ status }) => status)}`];
    }),

  "what was ever paid has one receipt, and nothing else has": (end) => {
    const faults = end.orders.flatMap((order) => {
      const isPaid = paymentOf(end, order) !== undefined || isFree(order);
      return isPaid === (order.receipt !== null && order.paidAt !== null) ? [] : [nameOf(end, order)];
    });
    const numbered = end.orders.filter(({ receipt }) => receipt !== null).sort((a, b) =>
      Number(a.receipt! - b.receipt!)
    );
    for (const [at, { receipt, paidAt }] of numbered.entries()) {
      const before = numbered[at - 1];
      if (before && (before.receipt === receipt || before.paidAt! > paidAt!)) {
        faults.push(`number ${receipt}`);
      }
    }
    return faults;
  },

  "who keeps what was paid for is told once, with what was charged": (end) =>
    end.orders.flatMap((order) => {
      const told = end.letters.filter(({ kind, data }) =>
        kind === "order_confirmation" && data.orderId === order.id
      ) as Extract<Message, { kind: "order_confirmation" }>[];
      const page = paymentOf(end, order);
      if (!page && !isFree(order)) return told.length > 0 ? [`${nameOf(end, order)} was confirmed`] : [];
      if (told.length > 1) return [`${nameOf(end, order)} was confirmed ${told.length} times`];
      const charged = page?.total ?? 0n;
      if (told[0] && told[0].data.total.amount !== charged) {
        return [`${nameOf(end, order)}: the mail says ${told[0].data.total.amount}, charged was ${charged}`];
      }
      const student = end.students.indexOf(order.studentId);
      // What cost nothing, and was paid by another order before its mail left, is confirmed by that one's.
      const isBoughtBesides = ({ courseId }: LineRow) =>
        isFree(order) && linesOf(end, student, courseId).some(({ order: other, line }) =>
          line.net > 0 && carries(end, other, line)
        );
      const mustBeTold = order.review === null && accountOf(end, student) !== "erased" &&
        order.lines.some((line) => carries(end, order, line) && !isBoughtBesides(line));
      return mustBeTold && told.length === 0 ? [`${nameOf(end, order)} was not confirmed`] : [];
    }),

  "each refund is told once, with what was given back": (end) =>
    end.refunds.flatMap((refund) => {
      const told = end.letters.filter(({ kind, data }) =>
        kind === "refund" && data.orderId === refund.orderId && data.amount.amount === refund.amount
      );
      const same = end.refunds.filter(({ orderId, amount }) =>
        orderId === refund.orderId && amount === refund.amount
      );
      const rows = end.mails.filter(({ kind, subject }) => kind === "refund" && subject === refund.id);
      const order = end.orders.find(({ id }) => id === refund.orderId)!;
      const isErased = accountOf(end, end.students.indexOf(order.studentId)) === "erased";
      if (told.length > same.length || rows.length > 1) return [`${refund.id} was told ${told.length} times`];
      const mustBeTold = refund.status === "succeeded" && !isErased;
      if (mustBeTold && rows[0]?.state !== "sent") {
        return [`${refund.id} of ${nameOf(end, order)} was not told`];
      }
      return [];
    }),

  "who may not watch may buy, unless the bank has not decided": (end) =>
    end.answers.flatMap(({ student, courseId, refused }) => {
      const course = end.courses.indexOf(courseId);
      const account = accountOf(end, student);
      if (account !== "stands") return [];
      const isOpen = linesOf(end, student, courseId).some(({ order }) => {
        const page = paymentOf(end, order);
        return page !== undefined && isDisputed(end, page);
      });
      const watches = mayWatch(end, student, courseId);
      const fits = watches
        ? refused === "already_enrolled"
        : refused === null || (isOpen && refused === "payment_processing");
      return fits ? [] : [`student ${student}, course ${course}: ${refused ?? "could buy it again"}`];
    }),
};

// What Stripe's ledger says.

const paymentOf = ({ ledger }: End, { id, lines }: OrderRow): Page | undefined =>
  isFree({ lines }) ? undefined : ledger.pages.find((page) => page.orderId === id && page.money === "paid");
const liveRefunds = ({ ledger }: End, { intent }: Page): LedgerRefund[] =>
  ledger.refunds.filter((refund) => refund.intent === intent && refund.status !== "failed");
const givenBackOf = (end: End, page: Page): bigint =>
  liveRefunds(end, page).reduce((sum, { amount }) => sum + amount, 0n);
const isLost = ({ ledger }: End, { intent }: Page): boolean =>
  ledger.disputes.some((dispute) => dispute.intent === intent && dispute.status === "lost");
const isDisputed = ({ ledger }: End, { intent }: Page): boolean =>
  ledger.disputes.some((dispute) => dispute.intent === intent && dispute.status === "needs_response");

/** An order of which nothing is left to pay is given at once. */
const isFree = ({ lines }: Pick<OrderRow, "lines">): boolean => lines.every(({ net }) => net === 0);

function stateOf(end: End, order: OrderRow): string[] {
  if (isFree(order)) return ["paid"];
  const page = paymentOf(end, order);
  if (!page) {
    const pages = end.ledger.pages.filter(({ orderId }) => orderId === order.id);
    return pages.some(({ money }) => money === "failed") ? ["failed", "expired"] : ["expired"];
  }
  const givenBack = givenBackOf(end, page);
  return [givenBack === 0n ? "paid" : givenBack < page.total ? "partially_refunded" : "refunded"];
}

/**
 * Whether the shop keeps money for a line (or it cost nothing): not all of it, nor of its order, was given back or
 * charged back.
 */
function isKept(end: End, order: OrderRow, { id }: LineRow): boolean {
  if (isFree(order)) return true;
  const page = paymentOf(end, order);
  if (!page || isLost(end, page) || givenBackOf(end, page) >= page.total) return false;
  return !liveRefunds(end, page).some(({ lineIds }) => lineIds.includes(id)); // a line is refunded in full
}

/** Whether a line is reason enough to watch its course. */
function carries(end: End, order: OrderRow, line: LineRow): boolean {
  const page = paymentOf(end, order);
  return isKept(end, order, line) && !isRevoked(end, line) && !(page && isDisputed(end, page));
}

const isRevoked = ({ diary }: End, { grantId }: LineRow): boolean =>
  grantId !== null && diary.revoked.includes(grantId);

/** The shop tried to pay something of it back, and the bank would not; or the bank holds it. */
function cannotBePaidBack(end: End, order: OrderRow): boolean {
  const page = paymentOf(end, order)!;
  return isDisputed(end, page) || end.ledger.disputes.some(({ intent }) => intent === page.intent) ||
    end.refunds.some(({ orderId, status }) => orderId === order.id && status === "failed");
}

// What people did.

function accountOf({ diary }: End, student: number, at = Infinity): "stands" | "deactivated" | "erased" {
  return diary.accounts[student]!.findLast((change) => change.at <= at)?.standing ?? "stands";
}

/** Whether the account stood at any time from then on. */
const standsFrom = (end: End, student: number, at: number): boolean =>
  accountOf(end, student, at) === "stands" ||
  end.diary.accounts[student]!.some((change) => change.at > at && change.standing === "stands");

const giftsOf = ({ diary, courses }: End, student: number, courseId: string) =>
  diary.gifts.filter((gift) =>
    gift.student === student && courses[gift.course] === courseId && !diary.revoked.includes(gift.grantId)
  );

/** Why a payment may be flagged at all. */
function mayBeFlagged(end: End, order: OrderRow): boolean {
  const student = end.students.indexOf(order.studentId);
  const others = end.orders.filter((other) => other.id !== order.id && other.studentId === order.studentId);
  const has = ({ courseId }: LineRow) =>
    end.diary.gifts.some((gift) => gift.student === student && end.courses[gift.course] === courseId) ||
    others.some((other) =>
      other.lines.some((line) => line.courseId === courseId) && (isFree(other) || paymentOf(end, other))
    );
  return order.code !== null || end.diary.accounts[student]!.some(({ standing }) => standing !== "stands") ||
    order.lines.some(has);
}

// What there is.

const pairs = ({ students, courses }: End) =>
  students.flatMap((_, student) => courses.map((courseId) => ({ student, courseId })));
const mayWatch = ({ watching, students }: End, student: number, courseId: string): boolean =>
  watching.some((pair) => pair.studentId === students[student] && pair.courseId === courseId);
const linesOf = ({ orders, students }: End, student: number, courseId: string) =>
  orders.filter(({ studentId }) => studentId === students[student]).flatMap((order) =>
    order.lines.filter((line) => line.courseId === courseId).map((line) => ({ order, line }))
  );

/** The order as it can be read in a failure. */
export function nameOf(end: End, order: OrderRow): string {
  const page = paymentOf(end, order);
  const courses = order.lines.map(({ courseId, hold, why, grantId }) =>
    `${end.courses.indexOf(courseId)}${hold ? ` (${hold})` : ""}${why ? ` (not given)` : ""}${
      grantId && end.diary.revoked.includes(grantId) ? " (revoked)" : ""
    }`
  );
  return `order ${end.orders.indexOf(order)} of student ${end.students.indexOf(order.studentId)} for ${
    courses.join(" and ")
  }${order.code ? ` with ${order.code.code}` : ""} (${order.state}, ${order.paid} less ${order.refunded}${
    page && isDisputed(end, page) ? ", disputed" : ""
  }${page && isLost(end, page) ? ", lost" : ""}${order.review ? `, flagged: ${order.review}` : ""})`;
}
