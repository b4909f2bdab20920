import {
  type Order,
  type OrderState,
  PAYMENT_REASON,
  PAYMENT_STATUS,
  type PaymentReason,
  type PaymentStatus,
} from "../checkout/ports.ts";
import { allot, type Money, sum } from "../money.ts";
import { type LineBalance, lineBalances } from "./line_balance.ts";
import type { SessionEvidence } from "./evidence.ts";
import type {
  DisputeFact,
  Hold,
  LineFact,
  LineStanding,
  OrderFacts,
  OrderStanding,
  RefundFact,
  SessionFact,
} from "./ports.ts";

/** The states in which a refund reduces the payment, as Stripe counts them too. */
const LIVE_REFUND = new Set(["requires_action", "pending", "succeeded"]);
/** Includes refunds that the shop has requested. */
const CLAIMED_REFUND = new Set([...LIVE_REFUND, "requested", "submitted"]);
/** An appeal follows a loss; until it is won the money is lost. */
const LOST_DISPUTE = new Set(["lost", "appeal_needs_response", "appeal_under_review"]);
const OPEN_DISPUTE = new Set(["needs_response", "under_review"]);

/** A refund that the facts require: of a redundant payment, or of one that does not match the order. */
export type DueRefund = {
  origin: "duplicate" | "mismatch";
  requestKey: string;
  session: SessionFact;
  amount: Money;
  lines: { lineId: string; amount: bigint }[];
  reason: string;
};

export type Judgement = { standing: OrderStanding; dueRefunds: DueRefund[] };

/**
 * Derives the state an order should be in from everything known about it. It uses facts only, never the sequence in
 * which they arrived, so that any sequence of events has the same result. Money wins: a payment counts even after the
 * order failed or expired, and only refunds and lost disputes undo a paid order.
 */
export function judge(order: Order, facts: OrderFacts): Judgement {
  const paid = facts.sessions.filter(({ outcome }) => outcome === "paid");
  // A free order is settled as it is created. One that ended without that is not paid because it is looked at.
  const isFree = facts.isFree && order.state !== "expired" && order.state !== "failed";
  const mismatched = paid.filter(({ mismatch }) => mismatch !== null);
  // A free order was granted without its page, so it does not matter whether the page was confirmed.
  const payments = paid.filter(({ mismatch, total }) => mismatch === null && !(total === 0n && isFree))
    .map((session) => account(session, facts)).sort(byPrecedence);
  const [best, ...others] = payments;
  const review = [
    ...facts.sessions.filter(({ outcome }) => outcome === "paid" || outcome === "awaiting_funds")
      .flatMap(({ mismatch }) => mismatch ?? []),
    ...others.map(({ session }) => `paid a second time by session ${session.sessionId}`),
  ];
  const dueRefunds = [
    ...mismatched.flatMap((session) =>
      refundOf(account(session, facts), "mismatch", session.mismatch!, facts)
    ),
    ...others.flatMap((payment) => refundOf(payment, "duplicate", "paid a second time", facts)),
  ];

  if (facts.former.flag !== null && !(best && isRefunded(best))) review.push(facts.former.flag);
  if (!best && !isFree) {
    return { standing: unpaid(order, facts, review), dueRefunds };
  }
  // A grant once given stays recorded, whatever happened to its student since.
  const withheld = best && facts.lines.every(({ grant }) => grant === null) ? withheldBecause(facts) : null;
  const off = best ? discounts(order, facts, best.session) : order.lines.map(({ discount }) => discount);
  const charged = best?.session ?? { total: 0n, currency: order.subtotal.currency };
  const balances = balancesOf(order, off, charged, best?.refunds ?? []);
  const lines = order.lines.map((line, index) => ({
    line,
    fact: facts.lines.find(({ id }) => id === line.id)!,
    discount: off[index]!,
    balance: balances[index]!,
  }));
  const standings = lines.map(({ line, fact, discount, balance }): LineStanding => ({
    id: line.id,
    discount,
    paid: balance.paid,
    refunded: balance.refunded,
    access: accessOf(fact, withheld, (best ? holdOf(best, balance) : null) ?? duplicateOf(fact)),
  }));
  for (const { access } of standings) {
    if (access && "noGrantReason" in access) review.push(access.noGrantReason);
  }
  if (lines.length === 0) review.push("the order has no courses");
  if (facts.code?.isBeyondLimit) review.push(beyondLimit(facts.code));
  if (best && withheld !== null) {
    dueRefunds.push(...refundOf(best, "mismatch", withheld, facts, "all"));
  } else if (best && (stands(best) || paysItselfBack(best, facts))) {
    for (const { line, fact } of lines) if (fact.elsewhere) review.push(besides(line.title, fact.elsewhere));
    const covered = lines.flatMap(({ line, fact, balance }) =>
      duplicateOf(fact) ? [{ lineId: line.id, amount: balance.left }] : []
    );
    const isWhole = covered.length > 0 && covered.length === lines.length;
    dueRefunds.push(
      ...refundOf(
        best,
        "duplicate",
        "the course is there already",
        facts,
        isWhole ? "all" : {
          lines: covered,
          balances: (claims) => balancesOf(order, off, best.session, claims),
        },
      ),
    );
  }
  if (best && review.length === 0 && paysItselfBack(best, facts)) {
    review.push("paid back by the shop for a reason that no longer holds");
  }
  const state: State = best
    ? paidState(best)
    : { state: "paid", status: PAYMENT_STATUS.completed, reason: null };
  return {
    standing: {
      ...state,
      session: best?.session ?? null,
      refunded: best?.refunded ?? 0n,
      lines: standings,
      ...pageAndCode(order, facts, state),
      review: [...new Set(review)].sort(),
    },
    // What was paid in the former shop was settled there: whatever is flagged now, a person decides about its money.
    dueRefunds: facts.former.isPaid ? [] : dueRefunds,
  };
}

/** Returns why a payment that matches its order grants nothing and is refunded; null if nothing prevents the grant. */
function withheldBecause({ account, code }: OrderFacts): string | null {
  if (account === "gone") return "the student's account was gone when the payment came in";
  if (account === "deactivated") return "the student's account was deactivated when the payment came in";
  return code?.isBeyondLimit ? beyondLimit(code) : null;
}

const beyondLimit = ({ code }: { code: string }) => `the code ${code} is used beyond its limit`;

/** Returns whether the student already has the course for another reason, so that this line is a duplicate. */
const duplicateOf = ({ elsewhere }: LineFact): Hold | null =>
  elsewhere === "paid" || elsewhere === "given" ? "duplicate" : null;

function besides(title: string, elsewhere: NonNullable<LineFact["elsewhere"]>): string {
  switch (elsewhere) {
    case "paid":
      return `${title} is paid by another order too`;
    case "given":
      return `${title} had been given before the payment came in`;
    case "disputed":
      return `${title} is paid by another order too, which is in dispute`;
  }
}

/** Returns whether the shop refunds the payment by itself, or has done so. The reason stays visible. */
function paysItselfBack({ session }: Payment, { refunds }: OrderFacts): boolean {
  return refunds.some((refund) =>
    isOwnRequest(refund) && refund.paymentIntentId === session.paymentIntentId &&
    LIVE_REFUND.has(refund.status)
  );
}

/** Derives whether the page of an order that ended unpaid can no longer be paid, and whether its code is released. */
function pageAndCode(order: Order, facts: OrderFacts, { state }: State) {
  const isOver = state === "failed" || state === "expired";
  const current = facts.sessions.find(({ attempt }) => attempt === order.attempt)?.outcome;
  const isKnown = facts.pageIsClosed || (current !== undefined && current !== "awaiting_funds");
  const { code } = facts;
  return {
    pageIsClosed: isOver && isKnown,
    codeIsReleased: code !== null && (isOver ? isKnown : code.isReleased && code.isBeyondLimit),
  };
}

/** Returns why a session cannot be a payment of the order; null if it matches. */
export function mismatchOf(order: Order, evidence: SessionEvidence): string | null {
  if (evidence.studentId !== order.studentId) {
    return `session ${evidence.sessionId} is in the name of user ${evidence.studentId}, the order of user ${order.studentId}`;
  }
  if (evidence.mode !== "payment") {
    return `session ${evidence.sessionId} is for a ${evidence.mode}, not for a payment`;
  }
  const { subtotal } = evidence;
  if (subtotal.currency !== order.subtotal.currency || subtotal.amount !== order.subtotal.amount) {
    return `session ${evidence.sessionId} is for ${subtotal.amount} ${subtotal.currency}, the order for ` +
      `${order.subtotal.amount} ${order.subtotal.currency}`;
  }
  return null;
}

/**
 * Computes how much of each line can still be refunded. The lines add up to what is left of the payment; requested
 * refunds count as paid out.
 */
export function askable(order: Order, facts: OrderFacts, session: SessionFact): LineBalance[] {
  return balancesOf(order, discounts(order, facts, session), session, claimed(session, facts.refunds));
}

/** Computes what is left of a payment to refund, minus refunds already requested. */
export function refundable(session: SessionFact, refunds: RefundFact[]): bigint {
  return session.total - sum(claimed(session, refunds).map(({ amount }) => amount));
}

function claimed({ paymentIntentId }: SessionFact, refunds: RefundFact[]): RefundFact[] {
  return refunds.filter((refund) =>
    refund.paymentIntentId === paymentIntentId && CLAIMED_REFUND.has(refund.status)
  );
}

function balancesOf(
  order: Order,
  discounts: bigint[],
  { total, currency }: Pick<SessionFact, "total" | "currency">,
  refunds: RefundFact[],
) {
  const lines = order.lines.map(({ id, amount }, index) => ({ id, net: amount - discounts[index]! }));
  return lineBalances(lines, { amount: total, currency }, refunds);
}

/** Returns whether the shop requested a refund because the facts required it, rather than a person. */
export function isOwnRequest({ requestKey }: RefundFact): boolean {
  return requestKey !== null && /^(duplicate|mismatch):/.test(requestKey);
}

type Payment = {
  session: SessionFact;
  refunds: RefundFact[];
  refunded: bigint;
  isSuspended: boolean;
  isLost: boolean;
};

function account(session: SessionFact, facts: OrderFacts): Payment {
  const concerns = ({ paymentIntentId }: RefundFact | DisputeFact) =>
    paymentIntentId === session.paymentIntentId;
  const refunds = facts.refunds.filter((refund) => concerns(refund) && LIVE_REFUND.has(refund.status));
  const disputes = facts.disputes.filter(concerns);
  return {
    session,
    refunds,
    refunded: sum(refunds.map(({ amount }) => amount)),
    isSuspended: disputes.some(({ status }) => OPEN_DISPUTE.has(status)),
    isLost: disputes.some(({ status }) => LOST_DISPUTE.has(status)),
  };
}

const isRefunded = ({ session, refunded }: Payment) => session.total > 0n && refunded >= session.total;
const stands = (payment: Payment) => !isRefunded(payment) && !payment.isLost;

/** Sorts the payment that counts for the order first: the earliest valid one that is not disputed. */
function byPrecedence(a: Payment, b: Payment): number {
  const rank = (payment: Payment) => !stands(payment) ? 2 : payment.isSuspended ? 1 : 0;
  return rank(a) - rank(b) || a.session.attempt - b.session.attempt ||
    (a.session.sessionId < b.session.sessionId ? -1 : 1);
}

/**
 * Builds one refund of what is left of a valid payment, or of what was paid for some lines; none while the bank holds
 * the payment for a dispute. `covered`: the lines, if the payment is the one that counts for the order. All of them
 * share one refund, so that no refund changes the amount of another. Its key names the payment and the lines, because
 * each may have to be refunded.
 */
function refundOf(
  payment: Payment,
  origin: DueRefund["origin"],
  reason: string,
  facts: OrderFacts,
  covered?: "all" | {
    lines: { lineId: string; amount: bigint }[];
    balances(claims: RefundFact[]): LineBalance[];
  },
): DueRefund[] {
  const { session } = payment;
  if (!stands(payment) || payment.isSuspended || session.paymentIntentId === null) return [];
  const some = typeof covered === "object" ? covered : null;
  const wanted = (some?.lines ?? []).filter(({ amount }) => amount > 0n).map(({ lineId }) => lineId);
  const suffix = some ? wanted.join(",") : covered;
  const requestKey = [origin, session.sessionId, ...(suffix ? [suffix] : [])].join(":");
  // Its own request, and those that the shop may still withdraw, do not count: what is due is computed again.
  const claims = facts.refunds.filter((refund) =>
    refund.requestKey !== requestKey && !(refund.status === "requested" && isOwnRequest(refund))
  );
  const lines = (some?.balances(claimed(session, claims)) ?? []).flatMap(({ id, left }) =>
    left > 0n && wanted.includes(id) ? [{ lineId: id, amount: left }] : []
  );
  const amount = some ? sum(lines.map((line) => line.amount)) : refundable(session, claims);
  if (amount <= 0n) return [];
  return [{ origin, requestKey, session, amount: { amount, currency: session.currency }, lines, reason }];
}

type State = { state: OrderState; status: PaymentStatus; reason: PaymentReason | null };

function paidState(payment: Payment): State {
  if (isRefunded(payment)) {
    return { state: "refunded", status: PAYMENT_STATUS.refunded, reason: PAYMENT_REASON.refund };
  }
  const state = payment.refunded > 0n ? "partially_refunded" : "paid";
  return { state, status: PAYMENT_STATUS.completed, reason: null };
}

function unpaid(order: Order, facts: OrderFacts, review: string[]): OrderStanding {
  const state = unpaidState(order, facts);
  return {
    ...state,
    ...pageAndCode(order, facts, state),
    session: null,
    refunded: 0n,
    lines: facts.lines.map(({ id, discount, paid, refunded }) => ({
      id,
      discount,
      paid,
      refunded,
      access: null,
    })),
    review: [...new Set(review)].sort(),
  };
}

function unpaidState(order: Order, facts: OrderFacts): State {
  const stay = { state: order.state, status: facts.payment.status, reason: facts.payment.reason };
  const fitting = facts.sessions.filter(({ mismatch }) => mismatch === null);
  if (fitting.some(({ outcome }) => outcome === "awaiting_funds")) {
    return { state: "processing", status: PAYMENT_STATUS.pending, reason: null };
  }
  const current = facts.sessions.find(({ attempt }) => attempt === order.attempt)?.outcome;
  if (current === "failed") {
    return { state: "failed", status: PAYMENT_STATUS.failed, reason: PAYMENT_REASON.debitError };
  }
  const expired: State = { state: "expired", status: PAYMENT_STATUS.failed, reason: null };
  if (facts.endedAs === "given_up") return expired; // a cancellation by the student is not a timeout
  if (current === "expired") return { ...expired, reason: PAYMENT_REASON.cancelledByTimeout };
  if (facts.endedAs === "needless") return expired;
  // The awaited payment was that of an earlier page, and it failed. The current page is still open.
  return order.state === "processing" ? { ...stay, state: order.page ? "open" : "created" } : stay;
}

/** Splits the discount of the payment over the lines: as quoted, if the quoted discounts add up to it. */
function discounts(order: Order, facts: OrderFacts, session: SessionFact): bigint[] {
  const quoted = order.lines.map(({ id }) => facts.lines.find((line) => line.id === id)!.discount);
  if (sum(quoted) === session.discount) return quoted;
  return allot(
    { amount: session.discount, currency: session.currency },
    order.lines.map(({ amount }) => amount),
  );
}

function holdOf(payment: Payment, { paid, left }: LineBalance): Hold | null {
  if (isRefunded(payment)) return "refunded";
  if (payment.isLost) return "dispute_lost";
  if (paid > 0n && left === 0n) return "refunded";
  return payment.isSuspended ? "disputed" : null;
}

/**
 * Derives the access of a line. A grant once given stays recorded, whatever happened to its course or student since.
 */
function accessOf(
  line: LineFact,
  withheld: string | null,
  hold: Hold | null,
): LineStanding["access"] {
  if (line.grant) return { hold };
  if (withheld !== null) return { noGrantReason: withheld };
  if (!line.courseExists) return { noGrantReason: "the course was gone when the payment came in" };
  return { hold };
}
