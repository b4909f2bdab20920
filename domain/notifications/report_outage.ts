import type { Clock } from "../clock.ts";
import type { Watch } from "../operations/ports.ts";
import { type AlertStores, raiseAlert, resolveAlerts } from "../operations/raise_alert.ts";
import type { Transaction } from "../transaction.ts";
import type { VideoService } from "../media/ports.ts";

/** Alerts the operator that a vendor's service is down, at most once a day per service. */
export async function reportOutage(
  { transaction, clock }: { transaction: Transaction<AlertStores>; clock: Clock },
  { service, reason }: { service: "video"; reason: string },
): Promise<void> {
  const day = clock().toISOString().slice(0, 10);
  await transaction((stores) =>
    raiseAlert(stores, {
      key: `${service}_outage:${day}`,
      subject: `The ${service} service is down`,
      text: `It does not do what the shop asks of it: ${reason}`,
    })
  );
}

/** Tells the operator that the video service works again, if it was reported as down. Only then asks it. */
export async function reportRecovery(
  { transaction, paymentWatch, videoService }: {
    transaction: Transaction<AlertStores>;
    paymentWatch: Watch;
    videoService: Pick<VideoService, "status">;
  },
): Promise<void> {
  const open = await paymentWatch.openAlerts();
  if (!open.some((key) => key.startsWith("video_outage:"))) return;
  try {
    await videoService.status("none"); // there is no such video, and a service that works says so
  } catch {
    return;
  }
  await transaction((stores) =>
    resolveAlerts(stores, { cause: "video_outage", text: "It responds to the shop again." })
  );
}
