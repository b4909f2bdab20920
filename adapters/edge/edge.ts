import type { Edge } from "../../domain/catalog/ports.ts";
import type { Config } from "../config/config.ts";
import { cloudflareEdge } from "./cloudflare.ts";
import { denoDeployEdge } from "./deno_deploy.ts";
import { varnishEdge } from "./varnish.ts";

/**
 * Returns all configured caches as one. The nearest to this API is purged first: otherwise one before it could fetch
 * the old response from it again. If one fails, the others are purged all the same.
 */
export function configuredEdge({ edge, mediaCdnUrl }: Pick<Config, "edge" | "mediaCdnUrl">): Edge {
  const caches = [
    ...(edge.varnishUrl ? [varnishEdge(edge.varnishUrl)] : []),
    ...(edge.deployUrl ? [denoDeployEdge(edge.deployUrl)] : []),
    ...(edge.cloudflare ? [cloudflareEdge({ ...edge.cloudflare, mediaCdnUrl })] : []),
  ];
  async function inAll(purge: (cache: Edge) => Promise<void>) {
    const failures: unknown[] = [];
    for (const cache of caches) await purge(cache).catch((error) => void failures.push(error));
    if (failures.length > 0) throw failures[0];
  }
  return {
    purge: (tags) => inAll((cache) => cache.purge(tags)),
    purgeFiles: (keys) => inAll((cache) => cache.purgeFiles(keys)),
  };
}
