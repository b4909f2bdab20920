import type { Jobs } from "../jobs.ts";
import type { Notice } from "../notifications/ports.ts";
import type { Transaction } from "../transaction.ts";
import { completionHits, saleHits } from "./due_hits.ts";
import type { NewHit, ReportedSale, Visit, Visits } from "./ports.ts";

type Stores = { visits: Visits; jobs: Jobs };

/** Stores that somebody has registered, to be sent. */
export async function measureSignUp(
  stores: Stores,
  { id, createdAt }: { id: string; createdAt: Date },
  visit: Visit,
): Promise<void> {
  const visitId = await stores.visits.noteSignUp(id, visit);
  await store(stores, visitId, [{ key: "sign_up", event: { name: "sign_up" }, happenedAt: createdAt }]);
}

/**
 * Stores the visit in which an order was placed, and reports its beginning. Without one, an earlier visit is removed:
 * the last request says whether the buyer agrees.
 */
export async function measureCheckout(
  { visits, jobs }: Stores,
  orderId: string,
  visit: Visit | null,
): Promise<void> {
  await visits.noteOrder(orderId, visit);
  if (visit) await jobs.add({ kind: "report_sale", of: { orderId, isBought: false } });
}

/** Returns the sale to report when a student gets this notice; null for none. */
export function reportedSaleOf(notice: Notice): ReportedSale | null {
  if (notice.kind === "order_confirmation") return { orderId: notice.orderId, isBought: true };
  return notice.kind === "refund" ? { refundId: notice.refundId } : null;
}

/** Stores the events of an order that are due, each once. Does nothing for a buyer who did not agree. */
export async function reportSale(
  { transaction }: { transaction: Transaction<Stores> },
  { of }: { of: ReportedSale },
): Promise<void> {
  await transaction(async (stores) => {
    const sale = await stores.visits.lockSale(of);
    if (!sale) return;
    await store(stores, sale.visitId, saleHits(sale.figures, { isBought: "isBought" in of && of.isBought }));
  });
}

/** Stores the events of a completed lesson, each once. Does nothing unless its course was bought by who agreed. */
export async function reportCompletion(
  { transaction }: { transaction: Transaction<Stores> },
  { studentId, lessonId }: { studentId: string; lessonId: string },
): Promise<void> {
  await transaction(async (stores) => {
    const completion = await stores.visits.completion({ studentId, lessonId });
    if (completion) await store(stores, completion.visitId, completionHits(completion.figures));
  });
}

async function store({ visits, jobs }: Stores, visitId: string, hits: NewHit[]): Promise<void> {
  const hitIds = await visits.add(visitId, hits);
  await jobs.add(...hitIds.map((hitId) => ({ kind: "send_hit" as const, hitId })));
}
