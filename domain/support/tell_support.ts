import type { Needs } from "../needs.ts";
import type { Notice } from "../notifications/ports.ts";
import { saveContact } from "./keep_contact.ts";
import type { SupportFacts, SupportNews } from "./ports.ts";

type Deps = { supportFacts: SupportFacts } & Needs<typeof saveContact>;

/** Returns what the support team is told when a student gets this notice; null for nothing. */
export function supportNewsOf(notice: Notice): SupportNews | null {
  switch (notice.kind) {
    case "order_confirmation":
      return { kind: "order_paid", orderId: notice.orderId };
    case "refund":
      return { kind: "refund", refundId: notice.refundId };
    case "access_ended":
      return { kind: "access_ended", grantId: notice.grantId };
    default:
      return null;
  }
}

/** Tells the support team what happened to a student, after creating the contact if there is none. */
export async function tellSupport(deps: Deps, { news }: { news: SupportNews }): Promise<void> {
  const { supportDesk, supportFacts, log } = deps;
  if (!supportDesk) return;
  for (const event of await supportFacts.events(news)) {
    let outcome = await supportDesk.record(event);
    if (outcome === "no_contact") {
      await saveContact(deps, event);
      outcome = await supportDesk.record(event);
    }
    if (outcome === "done") continue;
    const reason = outcome === "no_contact" ? "there is no contact" : outcome.refused;
    log.warn("support event refused", { userId: event.userId, event: event.name, reason });
  }
}
