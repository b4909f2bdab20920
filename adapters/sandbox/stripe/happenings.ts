import type { Event, StripeObject } from "./objects.ts";
import type { StripeStore } from "./store.ts";

/** The API version whose shapes and rules this stand-in follows. */
export const API_VERSION = "2026-10-28.endive";

/** Returns what every flow needs: the time in seconds, ids, and events to the shop. `now` is in milliseconds. */
export function happenings(store: StripeStore, now: () => number) {
  const seconds = () => Math.floor(now() / 1000);
  const newId = (prefix: string) => `${prefix}_${crypto.randomUUID().replaceAll("-", "")}`;
  return {
    now,
    seconds,
    newId,
    /** Stores an event and has it delivered. */
    emit(type: string, object: StripeObject | null): Event {
      const event: Event = {
        id: newId("evt"),
        object: "event",
        api_version: API_VERSION,
        type,
        created: seconds(),
        livemode: false,
        pending_webhooks: 1,
        request: null,
        data: { object },
      };
      store.put(event);
      store.addDelivery(event, now());
      return event;
    },
  };
}

export type Happenings = ReturnType<typeof happenings>;
