import type { Order, Payments } from "../../domain/checkout/ports.ts";
import { DomainError } from "../../domain/errors.ts";
import type { DisputeEvidence, RefundEvidence, SessionEvidence } from "../../domain/settlement/evidence.ts";
import type { ProviderBooks, Refunds } from "../../domain/settlement/ports.ts";

/** A payment page, and what became of it. Amounts are cents. */
export type Page = {
  id: string;
  orderId: string;
  studentId: string;
  attempt: number;
  subtotal: bigint;
  total: bigint;
  status: "open" | "expired" | "complete";
  money: "none" | "awaited" | "failed" | "paid";
  /** Null where nothing is to be paid. */
  intent: string | null;
  /** When the shop first heard that it is paid, by the history's clock. */
  heardAt: number | null;
};

export type LedgerRefund = {
  id: string;
  intent: string;
  amount: bigint;
  status: "pending" | "succeeded" | "failed";
  /** The shop's id of it, and the lines that it named; none of those that are made at the dashboard. */
  refundId: string | null;
  lineIds: string[];
};

export type LedgerDispute = { id: string; intent: string; status: "needs_response" | "won" | "lost" };

/** What Stripe knows in the end. */
export type Ledger = { pages: Page[]; refunds: LedgerRefund[]; disputes: LedgerDispute[] };

/** An event as it is sent; `paidPage`: the page that it says is paid. */
export type Sent = { type: string; body: string; paidPage: Page | null };

/** How Stripe answers: the answer that is lost was given to a request that was carried out. */
export type Weather = "it answers" | "it is down" | "its answer is lost";

/**
 * As much of Stripe as a shop needs, in memory: pages can be paid until they are closed or expire; what is paid can be
 * refunded or disputed. It keeps a ledger of its own and sends events of what happens.
 */
export function memoryStripe(name: string, now: () => number) {
  const ledger: Ledger = { pages: [], refunds: [], disputes: [] };
  const sent: Sent[] = [];
  const refundKeys = new Map<string, LedgerRefund>();
  let weather: Weather = "it answers";
  let serial = 0;

  function emit(type: string, object: object, paidPage: Page | null = null) {
    const id = `evt_${name}_${++serial}`;
    const event = { id, object: "event", type, created: 1_770_000_000 + serial, livemode: false };
    sent.push({ type, body: JSON.stringify({ ...event, data: { object } }), paidPage });
  }
  const emitSession = (type: string, page: Page, status: "unpaid" | "paid" | "no_payment_required") =>
    emit(`checkout.session.${type}`, sessionObject(page, status), status === "unpaid" ? null : page);

  async function ask<Answer>(work: () => Answer): Promise<Answer> {
    await Promise.resolve();
    const outage = () => new DomainError("vendor_unavailable", "Stripe does not answer.");
    if (weather === "it is down") throw outage();
    const answer = work();
    if (weather === "its answer is lost") throw outage();
    return answer;
  }

  function pageOf(order: Order): Page {
    const id = `cs_${name}_${order.id}_${order.attempt}`;
    const known = ledger.pages.find((page) => page.id === id);
    if (known) return known;
    const subtotal = order.lines.reduce((sum, { amount }) => sum + amount, 0n);
    const total = order.lines.reduce((left, { discount }) => left - discount, subtotal);
    const page: Page = {
      id,
      orderId: order.id,
      studentId: order.studentId,
      attempt: order.attempt,
      subtotal,
      total,
      status: "open",
      money: "none",
      intent: total === 0n ? null : `pi_${name}_${ledger.pages.length}`,
      heardAt: null,
    };
    ledger.pages.push(page);
    return page;
  }

  const payments: Payments = {
    openPage: (order) =>
      ask(() => {
        const { id } = pageOf(order);
        return { checkoutSessionId: id, url: `https://pay.example/${id}` };
      }),
    closePage: (order) =>
      ask(() => {
        const page = ledger.pages.find(({ id }) => id === order.page?.checkoutSessionId) ?? pageOf(order);
        if (page.status === "open") page.status = "expired";
        return evidenceOf(page);
      }),
  };

  const refunds: Refunds = {
    submit: (refund) =>
      ask(() => {
        const known = refundKeys.get(refund.id);
        if (known) return refundEvidence(known);
        const { paymentIntentId: intent, amount: { amount } } = refund;
        if (isDisputed(intent)) return "The charge is disputed.";
        if (amount > left(intent)) return "The amount is more than is left of the charge.";
        const made: LedgerRefund = {
          id: `re_${name}_${ledger.refunds.length}`,
          intent,
          amount,
          status: "pending",
          refundId: refund.id,
          lineIds: refund.lines.map(({ lineId }) => lineId),
        };
        ledger.refunds.push(made);
        refundKeys.set(refund.id, made);
        emit("refund.created", refundObject(made));
        return refundEvidence(made);
      }),
  };

  const none = () => Promise.resolve({ items: [], next: null });
  const books: ProviderBooks = {
    session: (sessionId) =>
      ask(() => {
        const page = ledger.pages.find(({ id }) => id === sessionId);
        return page && page.status !== "open" ? evidenceOf(page) : null;
      }),
    refunds: (intent) =>
      ask(() => ledger.refunds.filter((refund) => refund.intent === intent).map(refundEvidence)),
    dispute: (id) =>
      ask((): DisputeEvidence | null => {
        const dispute = ledger.disputes.find((dispute) => dispute.id === id);
        return dispute
          ? {
            kind: "dispute",
            disputeId: id,
            paymentIntentId: dispute.intent,
            amount: { amount: left(dispute.intent), currency: "usd" },
            status: dispute.status,
            reason: "fraudulent",
            evidenceDueAt: null,
            observedAt: new Date(),
          }
          : null;
      }),
    recentRefunds: none,
    recentDisputes: none,
    undeliveredEvents: none,
  };

  /** How a page stands, as the shop is told when it asks. */
  function evidenceOf(page: Page): SessionEvidence {
    const outcome = page.status !== "complete"
      ? "expired" as const
      : page.money === "paid"
      ? "paid" as const
      : page.money === "failed"
      ? "failed" as const
      : "awaiting_funds" as const;
    if (outcome === "paid") page.heardAt ??= now();
    return {
      kind: "session",
      mode: "payment",
      orderId: page.orderId,
      studentId: page.studentId,
      sessionId: page.id,
      attempt: page.attempt,
      paymentIntentId: page.intent,
      outcome,
      subtotal: { amount: page.subtotal, currency: "usd" },
      discount: page.subtotal - page.total,
      tax: 0n,
      total: page.total,
    };
  }

  const left = (intent: string) =>
    ledger.refunds.filter((refund) => refund.intent === intent && refund.status !== "failed").reduce(
      (rest, { amount }) => rest - amount,
      ledger.pages.find((page) => page.intent === intent)!.total,
    );
  const isDisputed = (intent: string) =>
    ledger.disputes.some((dispute) => dispute.intent === intent && dispute.status !== "won");

  return {
    ledger,
    sent,
    payments,
    refunds,
    books,
    async during<Result>(kind: Weather, work: () => Promise<Result>): Promise<Result> {
      weather = kind;
      try {
        return await work();
      } finally {
        weather = "it answers";
      }
    },

    openPages: () => ledger.pages.filter(({ status }) => status === "open"),
    awaited: () => ledger.pages.filter(({ money }) => money === "awaited"),
    refundablePayments: () =>
      ledger.pages.filter(({ money, intent }) =>
        money === "paid" && intent !== null && left(intent) > 0n && !isDisputed(intent)
      ),

    pay(page: Page, by: "card" | "debit") {
      page.status = "complete";
      if (page.total > 0n && by === "debit") {
        page.money = "awaited";
        return emitSession("completed", page, "unpaid");
      }
      page.money = "paid";
      emitSession("completed", page, page.total === 0n ? "no_payment_required" : "paid");
    },
    debitEnds(page: Page, succeeds: boolean) {
      page.money = succeeds ? "paid" : "failed";
      if (succeeds) emitSession("async_payment_succeeded", page, "paid");
      else emitSession("async_payment_failed", page, "unpaid");
    },
    expire(page: Page) {
      page.status = "expired";
      emitSession("expired", page, "unpaid");
    },
    /** A refund that somebody makes at the dashboard. */
    refund({ intent }: Page, percent: number) {
      const rest = left(intent!);
      const made: LedgerRefund = {
        id: `re_${name}_${ledger.refunds.length}`,
        intent: intent!,
        amount: percent === 100 ? rest : rest * BigInt(percent) / 100n || 1n,
        status: "succeeded",
        refundId: null,
        lineIds: [],
      };
      ledger.refunds.push(made);
      emit("refund.created", refundObject(made));
      emit("charge.refunded", { object: "charge", payment_intent: intent });
    },
    refundEnds(refund: LedgerRefund, succeeds: boolean) {
      refund.status = succeeds ? "succeeded" : "failed";
      emit(succeeds ? "refund.updated" : "refund.failed", refundObject(refund));
    },
    dispute({ intent }: Page) {
      const id = `du_${name}_${ledger.disputes.length}`;
      ledger.disputes.push({ id, intent: intent!, status: "needs_response" });
      emit("charge.dispute.created", { id, object: "dispute", payment_intent: intent });
    },
    disputeEnds(dispute: LedgerDispute, isWon: boolean) {
      dispute.status = isWon ? "won" : "lost";
      emit("charge.dispute.closed", { id: dispute.id, object: "dispute", payment_intent: dispute.intent });
    },
  };
}

export type MemoryStripe = ReturnType<typeof memoryStripe>;

function sessionObject(page: Page, status: string): object {
  return {
    id: page.id,
    object: "checkout.session",
    mode: "payment",
    currency: "usd",
    payment_status: status,
    amount_subtotal: Number(page.subtotal),
    amount_total: Number(page.total),
    total_details: { amount_discount: Number(page.subtotal - page.total), amount_tax: 0, amount_shipping: 0 },
    payment_intent: page.intent,
    metadata: { order_id: page.orderId, user_id: page.studentId, attempt: String(page.attempt) },
  };
}

function refundObject({ id, amount, intent, status, refundId }: LedgerRefund): object {
  return {
    id,
    object: "refund",
    amount: Number(amount),
    currency: "usd",
    payment_intent: intent,
    status,
    failure_reason: status === "failed" ? "lost_or_stolen_card" : null,
    metadata: refundId === null ? {} : { refund_id: refundId },
  };
}

function refundEvidence({ id, amount, intent, status, refundId }: LedgerRefund): RefundEvidence {
  return {
    kind: "refund",
    stripeId: id,
    refundId,
    paymentIntentId: intent,
    amount: { amount, currency: "usd" },
    status,
    failureReason: status === "failed" ? "lost_or_stolen_card" : null,
  };
}
