import { lookup } from "node:dns/promises";
import ipaddr from "ipaddr.js";
import type { PublicHosts } from "../../domain/media/ports.ts";
import { inTime } from "../in_time.ts";

/** The system's own patience with name servers that do not answer is far above a request's. */
const TIMEOUT_MS = 3000;

type Resolve = (host: string) => Promise<string[]>;

const resolveAll: Resolve = async (host) => (await lookup(host, { all: true })).map(({ address }) => address);

/**
 * Judges hosts by every address that they resolve to now. A name whose addresses change afterwards is beyond this: who
 * fetches from it must look again. One that cannot be looked up in time counts as not public.
 */
export function dnsPublicHosts(
  resolve: Resolve = resolveAll,
  { timeoutMs = TIMEOUT_MS }: { timeoutMs?: number } = {},
): PublicHosts {
  return {
    async isPublic(host) {
      const literal = host.replace(/^\[|\]$/g, "");
      const addresses = ipaddr.isValid(literal)
        ? [literal]
        : await inTime(timeoutMs, () => resolve(host)).catch(() => []);
      return addresses.length > 0 && addresses.every(isPublicAddress);
    },
  };
}

/** `process` takes IPv4 addresses out of their IPv6 form; what carries one otherwise is no unicast address to it. */
function isPublicAddress(address: string): boolean {
  return ipaddr.isValid(address) && ipaddr.process(address).range() === "unicast";
}
