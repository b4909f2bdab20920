import type { Receipt } from "../../domain/webhooks/ports.ts";
import type { postOnce } from "./post_once.ts";

/** The most that is read of a response's head, in bytes. Its body is not read. */
const MOST_BYTES = 16 * 1024;

/**
 * Does what `postOnce` does, on Deno 2.5, which Deno Deploy runs: its node:https takes no look-up, and does not verify
 * whose certificate it gets. On Deno 2.9 a connection that is given up during its TLS handshake stays open.
 */
export const postOnDeploy: typeof postOnce = async ({ url, addresses }, { headers, body, signal }) => {
  const hostname = url.hostname.replace(/^\[|\]$/g, ""); // IPv6
  const isEncrypted = url.protocol === "https:";
  const port = Number(url.port) || (isEncrypted ? 443 : 80);
  const tcp = await connectToOne(addresses ?? [hostname], port);
  let connection: Deno.TcpConn | Deno.TlsConn = tcp;
  const cut = () => connection[Symbol.dispose]();
  signal.addEventListener("abort", cut);
  try {
    if (isEncrypted) connection = await Deno.startTls(tcp, { hostname });
    signal.throwIfAborted();
    if ("handshake" in connection) await connection.handshake();
    await writeAll(connection, requestOf(url, headers, body));
    return receiptOf(await readHead(connection));
  } finally {
    signal.removeEventListener("abort", cut);
    cut();
  }
};

/** Connects to the first address that takes the connection. */
async function connectToOne(addresses: string[], port: number): Promise<Deno.TcpConn> {
  for (const [at, hostname] of addresses.entries()) {
    try {
      return await Deno.connect({ hostname, port });
    } catch (error) {
      if (at === addresses.length - 1) throw error;
    }
  }
  throw new Error("there is no address to connect to");
}

function requestOf(url: URL, headers: Record<string, string>, body: string): Uint8Array {
  const bytes = new TextEncoder().encode(body);
  const head = [
    `POST ${url.pathname}${url.search} HTTP/1.1`,
    `host: ${url.host}`,
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
    `content-length: ${bytes.length}`,
    "connection: close",
    "\r\n",
  ].join("\r\n");
  return new Uint8Array([...new TextEncoder().encode(head), ...bytes]);
}

async function writeAll(connection: Deno.Conn, bytes: Uint8Array): Promise<void> {
  for (let done = 0; done < bytes.length;) done += await connection.write(bytes.subarray(done));
}

/** Reads up to the end of the head, skipping interim responses (1xx). */
async function readHead(connection: Deno.Conn): Promise<string> {
  const buffer = new Uint8Array(MOST_BYTES);
  for (let length = 0; length < MOST_BYTES;) {
    const read = await connection.read(buffer.subarray(length));
    if (read === null) break;
    length += read;
    const text = new TextDecoder("latin1").decode(buffer.subarray(0, length))
      .replace(/^(HTTP\/1\.\d 1\d\d.*?\r\n\r\n)+/s, "");
    const end = text.indexOf("\r\n\r\n");
    if (end >= 0) return text.slice(0, end);
  }
  throw new Error("it did not answer with HTTP");
}

function receiptOf(head: string): Receipt {
  const status = head.match(/^HTTP\/1\.[01] (\d{3})\b/)?.[1];
  if (status === undefined) throw new Error("it did not answer with HTTP");
  const retryAfter = head.match(/^retry-after: *(\d{1,6})\s*$/im)?.[1];
  return { status: Number(status), retryAfterSeconds: retryAfter === undefined ? null : Number(retryAfter) };
}
