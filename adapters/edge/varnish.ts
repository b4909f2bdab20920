import type { Edge } from "../../domain/catalog/ports.ts";
import { ask, inChunks } from "./ask.ts";

/** So many tags fit into a header: Varnish accepts 8 KiB by default. */
const MOST_TAGS = 100;

/** Returns a Varnish that is configured by `varnish.vcl`. It keeps no public files, because they have another host. */
export function varnishEdge(url: string): Edge {
  return {
    async purge(tags) {
      for (const chunk of inChunks(tags, MOST_TAGS)) {
        await ask("Varnish", url, { method: "PURGE", headers: { "cache-tag": chunk.join(",") } });
      }
    },
    purgeFiles: () => Promise.resolve(),
  };
}
