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

/** Whether an address is of the Internet; one that stands for an IPv4 address is what that is, for there the traffic ends. */
function isPublicAddress(address: string): boolean {
  if (!ipaddr.isValid(address)) return false;
  const parsed = ipaddr.parse(address);
  const inner = parsed instanceof ipaddr.IPv6 ? carriedBy(parsed) : null;
  return (inner ?? parsed).range() === "unicast";
}

/**
 * Where the IPv4 address is in the IPv6 addresses that carry one, in bytes from their beginning: compatible and mapped (RFC 4291, 2.5.5),
 * translated (RFC 2765), NAT64 (RFC 6052), which a resolver on a network of IPv6 alone gives for every host, and 6to4 (RFC 3056).
 */
const CARRIERS: [prefix: string, bits: number, at: number][] = [
  ["::", 96, 12],
  ["::ffff:0:0", 96, 12],
  ["::ffff:0:0:0", 96, 12],
  ["64:ff9b::", 96, 12],
  ["2002::", 16, 2],
];

function carriedBy(address: ipaddr.IPv6) {
  const carrier = CARRIERS.find(([prefix, bits]) => address.match(ipaddr.IPv6.parse(prefix), bits));
  if (!carrier) return null;
  const [, , at] = carrier;
  return new ipaddr.IPv4(address.toByteArray().slice(at, at + 4));
}
