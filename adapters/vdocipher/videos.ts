import { z } from "zod";
import type { PlaybackRules, Videos } from "../../domain/playback/ports.ts";
import { DomainError, invalidField } from "../../domain/errors.ts";
import type { VideoService, VideoStatus } from "../../domain/media/ports.ts";
import type { Config } from "../config/config.ts";
import { vdocipherClient, type VdocipherOptions } from "./client.ts";

const filled = z.string().min(1);
const ticket = z.object({ otp: filled, playbackInfo: filled });
const upload = z.object({
  videoId: filled,
  clientPayload: z.object({
    policy: filled,
    key: filled,
    "x-amz-signature": filled,
    "x-amz-algorithm": filled,
    "x-amz-date": filled,
    "x-amz-credential": filled,
    uploadLink: z.url(),
  }),
});
const imported = z.union([
  z.object({ id: filled }).transform(({ id }) => ({ videoId: id })),
  z.object({ videoId: filled }),
]);
/** The longest length that is believed: eleven days. */
const LONGEST_SECONDS = 1_000_000;
const video = z.object({
  status: filled,
  length: z.number().nonnegative().max(LONGEST_SECONDS).nullish().catch(null),
  posters: z.array(z.unknown()).nullish().catch(null),
});

/** Returns videos at VdoCipher (https://www.vdocipher.com/docs/server/playbackauth/otp). */
export function vdocipherVideos(
  config: Config["video"],
  options: VdocipherOptions = {},
): Videos & VideoService {
  // Separate circuit breakers: failures caused by anonymous viewers or a tutor's wrong URL keep nobody from watching
  // what they bought.
  const [forViewers, forGuests, call] = [
    vdocipherClient(config, options),
    vdocipherClient(config, { ...options, onOutage: undefined }), // otherwise anybody could alert the operator
    vdocipherClient(config, options),
  ];
  return {
    async ticket({ videoId, viewerId, watermark, ttlSeconds, rules }) {
      const issued = await (viewerId === null ? forGuests : forViewers)({
        method: "POST",
        path: `/videos/${encodeURIComponent(videoId)}/otp`,
        body: {
          ttl: ttlSeconds,
          userId: viewerId ?? "anonymous",
          annotate: annotation(watermark),
          ...restrictions(rules),
        },
        answer: ticket,
        repeatable: true, // an unused password expires
      });
      if (!issued) {
        throw new DomainError("video_not_ready", "The video service does not have this video yet.");
      }
      return { otp: urlSafe(issued.otp), playbackInfo: urlSafe(issued.playbackInfo) };
    },

    async requestUpload({ title, folderId }) {
      const query = new URLSearchParams({ title, folderId });
      const issued = await call({
        method: "PUT",
        path: `/videos?${query}`,
        answer: upload,
        repeatable: false,
      });
      if (!issued) throw new DomainError("not_found", "The video service has no such folder.");
      return { videoId: issued.videoId, form: issued.clientPayload };
    },

    async importFrom({ url, title }) {
      const body = { url, title };
      return await call({
        method: "PUT",
        path: "/videos/importUrl",
        body,
        answer: imported,
        repeatable: false,
      }) ??
        refusedImport();
    },

    async status(videoId) {
      const found = await call({
        method: "GET",
        path: `/videos/${encodeURIComponent(videoId)}`,
        answer: video,
        repeatable: true,
      });
      if (!found) return null;
      return {
        state: stateOf(found.status),
        lengthSeconds: found.length ? Math.round(found.length) : null,
        posterUrl: posterOf(found.posters ?? []),
      };
    },

    async remove(videoId) {
      const query = new URLSearchParams({ videos: videoId });
      await call({ method: "DELETE", path: `/videos?${query}`, answer: z.unknown(), repeatable: true });
    },
  };
}

function refusedImport(): never {
  throw invalidField("url", "The video service finds nothing at this URL.");
}

/**
 * Builds the watermark, which VdoCipher accepts as a string of JSON: text that moves over the picture every five
 * seconds.
 */
function annotation(text: string): string {
  return JSON.stringify([
    { type: "rtext", text, alpha: "0.60", color: "0xFF0000", size: "15", interval: "5000" },
  ]);
}

/** Builds the restrictions. VdoCipher matches the embedding page's host with one regular expression. */
function restrictions({ embedHosts, countryRule, countries }: PlaybackRules) {
  const hosts = embedHosts.map((host) => host.replaceAll(".", "\\.")).join("|");
  return {
    ...(embedHosts.length > 0 ? { whitelisthref: `^(${hosts})$` } : {}),
    ...(countryRule === "none" ? {} : { ipGeo: { [countryRule]: countries } }),
  };
}

/** Converts a status. The spelling varies (`PRE-Upload`, `Pre-Upload`). Unknown values count as pending. */
function stateOf(status: string): VideoStatus["state"] {
  const known: Record<string, VideoStatus["state"]> = {
    "pre-upload": "awaiting_upload",
    ready: "ready",
    failed: "failed",
  };
  return known[status.toLowerCase()] ?? "processing";
}

const poster = z.object({ posterUrl: z.url({ protocol: /^https?$/ }), width: z.number().catch(0) });

/** Returns the widest still; the list also has other entries. */
function posterOf(posters: unknown[]): string | null {
  const stills = posters.flatMap((entry) => {
    const parsed = poster.safeParse(typeof entry === "string" ? { posterUrl: entry } : entry);
    return parsed.success ? [parsed.data] : [];
  });
  return stills.toSorted((a, b) => b.width - a.width)[0]?.posterUrl ?? null;
}

/**
 * Makes base64 URL-safe. The frontend puts the values into the player's URL unescaped, where `+` would become a
 * space.
 */
const urlSafe = (base64: string) => base64.replaceAll("+", "%2B");
