import type { Clock } from "../clock.ts";
import { DomainError } from "../errors.ts";
import type { Hits, Measurement } from "./ports.ts";

/** How often an event is sent at the most. */
const TRIES = 3;
/** The age beyond which Google takes no event. */
const LONGEST_HOURS = 72;

/**
 * Sends an event. It is dropped when it is too old or refused, and after three tries. When it may have been received it is
 * not sent again, except purchases and refunds, whose order's id lets the service notice a second one. Throws DomainError
 * `vendor_unavailable` to be called again.
 */
export async function sendHit(
  { measurement, hits, clock, log }: {
    /** Null if nothing is measured. */
    measurement: Measurement | null;
    hits: Hits;
    clock: Clock;
    log: { warn(message: string, fields: Record<string, unknown>): void };
  },
  { hitId }: { hitId: string },
): Promise<void> {
  const hit = measurement && await hits.begin(hitId);
  if (!hit) return;
  const { name } = hit.event;
  const drop = async (reason: string) => {
    log.warn("analytics event dropped", { event: name, hitId, reason });
    await hits.end(hitId, "dropped");
  };
  const isRepeatable = name === "purchase" || name === "refund";
  if (hit.tries > TRIES) return await drop("it was tried too often");
  if (hit.isUnclear && !isRepeatable) return await drop("the process ended while it was sent");
  if (clock().getTime() - hit.happenedAt.getTime() > LONGEST_HOURS * 3600 * 1000) {
    return await drop(`it is older than ${LONGEST_HOURS} hours`);
  }
  const sent = await measurement.send(hit);
  if (sent.outcome === "sent") return await hits.end(hitId, "sent");
  const { outcome, reason } = sent;
  const mayRepeat = outcome === "unsent" || (outcome === "unknown" && isRepeatable);
  if (!mayRepeat || hit.tries === TRIES) return await drop(reason);
  await hits.release(hitId);
  throw new DomainError("vendor_unavailable", `An analytics event was not sent: ${reason}`);
}
