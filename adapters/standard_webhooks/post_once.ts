import { request as requestByHttp } from "node:http";
import { request as requestByHttps } from "node:https";
import type { LookupFunction } from "node:net";
import type { Receipt } from "../../domain/webhooks/ports.ts";

/** The most that is read of a response's head, in bytes. Its body is not read. */
const MOST_BYTES = 16 * 1024;

/** `addresses`: the only ones to connect to; null: those that the host resolves to. */
type Destination = { url: URL; addresses: string[] | null };

/**
 * Sends one POST to one of these addresses, with TLS for the URL's host, and returns the status of the response.
 * `fetch` would resolve the host again by itself, and follow redirects. Throws if there is no response that is HTTP.
 */
export async function postOnce(
  { url, addresses }: Destination,
  { headers, body, signal }: { headers: Record<string, string>; body: string; signal: AbortSignal },
): Promise<Receipt> {
  const { promise, resolve, reject } = Promise.withResolvers<Receipt>();
  const request = url.protocol === "https:" ? requestByHttps : requestByHttp;
  const sending = request(url, {
    method: "POST",
    headers: { ...headers, "content-length": new TextEncoder().encode(body).length },
    agent: false,
    maxHeaderSize: MOST_BYTES,
    signal,
    ...(addresses && { lookup: leadingTo(addresses) }),
  }, (response) => {
    const retryAfter = response.headers["retry-after"]?.match(/^\d{1,6}$/)?.[0];
    resolve({
      status: response.statusCode!,
      retryAfterSeconds: retryAfter === undefined ? null : Number(retryAfter),
    });
    response.destroy();
  });
  sending.on("error", (error: NodeJS.ErrnoException) => reject(isNoHttp(error) ? new Error(NO_HTTP) : error));
  sending.end(body);
  return await promise;
}

const NO_HTTP = "it did not answer with HTTP";

/** Returns whether the peer took the request but sent no response that can be read: it closed, or sent something else. */
const isNoHttp = ({ code, message }: NodeJS.ErrnoException) =>
  code?.startsWith("HPE_") || message === "socket hang up";

/** Returns a look-up that finds these addresses for any host. */
function leadingTo(addresses: string[]): LookupFunction {
  const found = addresses.map((address) => ({ address, family: address.includes(":") ? 6 : 4 }));
  return (_host, { all }, done) => all ? done(null, found) : done(null, found[0]!.address, found[0]!.family);
}
