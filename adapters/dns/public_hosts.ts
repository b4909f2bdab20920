import { lookup } from "node:dns/promises";
import ipaddr from "ipaddr.js";
import type { PublicHosts } from "../../domain/media/ports.ts";
import { inTime } from "../in_time.ts";

/**
 * The timeout of a look-up. The system's own timeout for unresponsive name servers is much longer than a request may
 * take.
 */
const TIMEOUT_MS = 3000;

type Resolve = (host: string) => Promise<string[]>;

const resolveAll: Resolve = async (host) => (await lookup(host, { all: true })).map(({ address }) => address);

/**
 * Checks hosts by all addresses that they currently resolve to. It cannot cover later changes: code that fetches from
 * a host must check again. A host that cannot be looked up in time counts as not public.
 */
export function dnsPublicHosts(
  resolve: Resolve = resolveAll,
  { timeoutMs = TIMEOUT_MS }: { timeoutMs?: number } = {},
): PublicHosts {
  return { isPublic: async (host) => (await publicAddresses(host, resolve, { timeoutMs })).length > 0 };
}

/** Returns the addresses that a host currently resolves to, if all of them are public; otherwise none. */
export async function publicAddresses(
  host: string,
  resolve: Resolve = resolveAll,
  { timeoutMs = TIMEOUT_MS }: { timeoutMs?: number } = {},
): Promise<string[]> {
  const literal = host.replace(/^\[|\]$/g, "");
  const addresses = ipaddr.isValid(literal)
    ? [literal]
    : await inTime(timeoutMs, () => resolve(host)).catch(() => []);
  return addresses.every(isPublicAddress) ? addresses : [];
}

/**
 * Returns whether an address is public. An IPv6 address that embeds an IPv4 address is judged by the latter, because
 * the traffic ends there.
 */
function isPublicAddress(address: string): boolean {
  if (!ipaddr.isValid(address)) return false;
  const parsed = ipaddr.parse(address);
  const inner = parsed instanceof ipaddr.IPv6 ? carriedBy(parsed) : null;
  return (inner ?? parsed).range() === "unicast";
}

/**
 * The offset of the embedded IPv4 address in IPv6 addresses, in bytes: compatible and mapped (RFC 4291, 2.5.5),
 * translated (RFC 2765), NAT64 (RFC 6052), which resolvers on IPv6-only networks return for every host, and 6to4 (RFC
 * 3056).
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
