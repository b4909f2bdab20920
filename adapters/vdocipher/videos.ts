import type { Videos } from "../../domain/access/ports.ts";
import { DomainError } from "../../domain/errors.ts";
import type { Config } from "../config.ts";

const TIMEOUT_MS = 5000;

/** Videos at VdoCipher (https://www.vdocipher.com/docs/server/playbackauth/otp). */
export function vdocipherVideos(config: Config["video"]): Videos {
  return {
    async ticket({ videoId, viewerId, watermark, ttlSeconds }) {
      try {
        const response = await fetch(`${config.apiUrl}/videos/${encodeURIComponent(videoId)}/otp`, {
          method: "POST",
          headers: {
            authorization: `Apisecret ${config.secretKey}`,
            "content-type": "application/json",
            accept: "application/json",
          },
          body: JSON.stringify({ ttl: ttlSeconds, userId: viewerId, annotate: annotation(watermark) }),
          signal: AbortSignal.timeout(TIMEOUT_MS),
        });
        const text = await response.text();
        if (!response.ok) throw new Error(`VdoCipher answered ${response.status}: ${text.slice(0, 200)}`);
        const { otp, playbackInfo } = JSON.parse(text);
        if (!isValue(otp) || !isValue(playbackInfo)) {
          throw new Error("VdoCipher answered without a one-time password");
        }
        return { otp: urlSafe(otp), playbackInfo: urlSafe(playbackInfo) };
      } catch (cause) {
        throw new DomainError("vendor_unavailable", "The video service does not answer.", { retryAfter: 5 }, {
          cause,
        });
      }
    },
  };
}

/** VdoCipher takes the watermark as a string that holds JSON: text that moves over the picture every five seconds. */
function annotation(text: string): string {
  return JSON.stringify([
    { type: "rtext", text, alpha: "0.60", color: "0xFF0000", size: "15", interval: "5000" },
  ]);
}

const isValue = (value: unknown): value is string => typeof value === "string" && value !== "";

/** The frontend puts the values into the player's address as they are, where base64's `+` would become a space. */
const urlSafe = (base64: string) => base64.replaceAll("+", "%2B");
