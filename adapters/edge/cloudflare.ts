import type { Edge } from "../../domain/catalog/ports.ts";
import { DomainError } from "../../domain/errors.ts";
import type { Config } from "../config/config.ts";
import { ask, inChunks } from "./ask.ts";

type Options = NonNullable<Config["edge"]["cloudflare"]> & Pick<Config, "mediaCdnUrl">;

/** The maximum number of tags or URLs in a request (https://developers.cloudflare.com/cache/how-to/purge-cache). */
const MOST_AT_ONCE = 100;

/** Returns Cloudflare's cache of a zone. It keeps public files if `mediaCdnUrl` is in the zone. */
export function cloudflareEdge({ apiToken, zoneId, apiUrl, mediaCdnUrl }: Options): Edge {
  async function purge(what: { tags: string[] } | { files: string[] }) {
    const text = await ask("Cloudflare", `${apiUrl}/zones/${encodeURIComponent(zoneId)}/purge_cache`, {
      method: "POST",
      headers: { authorization: `Bearer ${apiToken}`, "content-type": "application/json" },
      body: JSON.stringify(what),
    });
    if (!isSuccess(text)) {
      throw new DomainError("vendor_unavailable", `Cloudflare did not purge: ${text.slice(0, 200)}`);
    }
  }
  return {
    async purge(tags) {
      for (const chunk of inChunks(tags, MOST_AT_ONCE)) await purge({ tags: chunk });
    },
    async purgeFiles(keys) {
      if (mediaCdnUrl === null) return;
      const files = keys.map((key) => `${mediaCdnUrl}/${key.split("/").map(encodeURIComponent).join("/")}`);
      for (const chunk of inChunks(files, MOST_AT_ONCE)) await purge({ files: chunk });
    },
  };
}

function isSuccess(text: string): boolean {
  try {
    return JSON.parse(text)?.success === true;
  } catch {
    return false;
  }
}
