import type { CompletionFigures, MeasuredItem, NewHit, SaleFigures } from "./ports.ts";

/**
 * Returns the events that an order's figures imply, for those already stored to be left out: its beginning, its
 * purchase, and what was refunded since the last refund that was stored. An order that never gave access has no purchase,
 * and without a purchase there is no refund: so events that arrive twice, late or out of order change nothing.
 */
export function saleHits(figures: SaleFigures, { isBought }: { isBought: boolean }): NewHit[] {
  const { orderId, currency, coupon, tax, lines, begunAt, boughtAt, refundedAt, stored } = figures;
  const items = lines.map(({ courseId, title, net }) => ({ courseId, title, amount: net }));
  const hits: NewHit[] = [{
    key: "begin_checkout",
    event: { name: "begin_checkout", currency, coupon, items },
    happenedAt: begunAt,
  }];
  const purchase = stored.some(({ name }) => name === "purchase") || isBought;
  if (!purchase || boughtAt === null) return hits;
  hits.push({
    key: "purchase",
    event: { name: "purchase", orderId, currency, coupon, tax, items },
    happenedAt: boughtAt,
  });
  const refunded = lines.map(refundOf);
  const before = refundedBefore(figures);
  const news = refunded.map((item) => ({ ...item, amount: item.amount - (before.get(item.courseId) ?? 0n) }))
    .filter(({ amount }) => amount > 0n);
  if (news.length > 0 && refundedAt !== null) {
    hits.push({
      key: `refund:${refunded.reduce((sum, { amount }) => sum + amount, 0n)}`,
      event: { name: "refund", orderId, currency, items: news },
      happenedAt: refundedAt,
    });
  }
  return hits;
}

/** Returns what was refunded of a line without its tax: all of it adds up to the amount of the purchase. */
function refundOf({ courseId, title, net, paid, refunded }: SaleFigures["lines"][number]): MeasuredItem {
  return { courseId, title, amount: paid === 0n ? 0n : refunded * net / paid };
}

function refundedBefore({ stored }: SaleFigures): Map<string, bigint> {
  const amounts = new Map<string, bigint>();
  for (const event of stored) {
    if (event.name !== "refund") continue;
    for (const { courseId, amount } of event.items) {
      amounts.set(courseId, (amounts.get(courseId) ?? 0n) + amount);
    }
  }
  return amounts;
}

/** Returns the events that a completed lesson implies. */
export function completionHits(figures: CompletionFigures): NewHit[] {
  const { lessonId, courseId, courseTitle, completedAt, courseCompletedAt } = figures;
  const lesson: NewHit = {
    key: `lesson_completed:${lessonId}`,
    event: { name: "lesson_completed", lessonId, courseId, courseTitle },
    happenedAt: completedAt,
  };
  if (courseCompletedAt === null) return [lesson];
  return [lesson, {
    key: `course_completed:${courseId}`,
    event: { name: "course_completed", courseId, courseTitle },
    happenedAt: courseCompletedAt,
  }];
}
