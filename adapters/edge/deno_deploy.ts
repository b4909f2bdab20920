import type { Edge } from "../../domain/catalog/ports.ts";
import { ask, inChunks } from "./ask.ts";

/** The maximum number of tags in a request (https://docs.deno.com/deploy/reference/caching). */
const MOST_TAGS = 500;

/**
 * Returns the cache of Deno Deploy, which a process there reaches at an address of its own. It keeps no public files,
 * because they have another host.
 */
export function denoDeployEdge(url: string): Edge {
  return {
    async purge(tags) {
      for (const chunk of inChunks(tags, MOST_TAGS)) {
        await ask("Deno Deploy's cache", `${url}/invalidate/http`, {
          method: "POST",
          headers: { "content-type": "application/json" },
          body: JSON.stringify({ tags: chunk }),
        });
      }
    },
    purgeFiles: () => Promise.resolve(),
  };
}
