import type { HitOutcome } from "../../domain/analytics/ports.ts";
import type { Delivery } from "../../domain/notifications/mails/ports.ts";
import type { Observer, WorkOutcome } from "../../domain/operations/ports.ts";
import type { SupportOutcome } from "../../domain/support/ports.ts";

/** Returns one observer for all, or null if there are none. */
export function observerOf(observers: Observer[]): Observer | null {
  return observers.length === 0 ? null : observers.reduce((one, other) => ({
    responded(response) {
      one.responded(response);
      other.responded(response);
    },
    during: (work, perform, outcomeOf) =>
      one.during(work, () => other.during(work, perform, outcomeOf), outcomeOf),
  }));
}

/** Methods that ask no vendor, or that ask many times, as a list read to its end does. */
const UNOBSERVED = ["presignedRead", "presignedUpload", "list", "within", "close"] as const;

/** An adapter whose observed methods are asynchronous, which observing them would make them. */
type Observable<Adapter> = {
  [Name in keyof Adapter]: Name extends (typeof UNOBSERVED)[number] ? unknown
    : (...args: never[]) => Promise<unknown>;
};

/**
 * Returns a vendor's adapter whose calls are observed, under the names of its methods. Without an observer, returns the
 * adapter itself. `outcomeOf`: how a call ended, where its result tells.
 */
export function observed<Adapter extends Observable<Adapter>>(
  observer: Observer | null,
  vendor: string,
  adapter: Adapter,
  outcomeOf?: (result: never) => WorkOutcome,
): Adapter {
  if (observer === null) return adapter;
  const methods = Object.entries(adapter as Record<string, (...args: unknown[]) => Promise<unknown>>);
  return Object.fromEntries(methods.map(([operation, method]) => [
    operation,
    UNOBSERVED.some((name) => name === operation) ? method : (...args: unknown[]) =>
      observer.during(
        { type: "vendor_call", vendor, operation },
        () => method(...args),
        outcomeOf as (result: unknown) => WorkOutcome,
      ),
  ])) as Adapter;
}

/** Returns how handing over a mail, an SMS or an alert ended; a look-up that returns something else has ended well. */
export function outcomeOfDelivery(result: Pick<Delivery, "outcome"> | string | null): WorkOutcome {
  if (result === null || typeof result === "string" || result.outcome === "accepted") return "done";
  return result.outcome === "refused" ? "refused" : "unavailable";
}

/** Returns how sending an analytics event ended. */
export function outcomeOfHit({ outcome }: HitOutcome): WorkOutcome {
  if (outcome === "sent") return "done";
  return outcome === "refused" ? "refused" : "unavailable";
}

/** Returns how a call of the support tool ended. */
export const outcomeOfSupport = (
  result: SupportOutcome | { contactId: string } | "no_contact" | boolean,
): WorkOutcome => typeof result === "object" && "refused" in result ? "refused" : "done";
