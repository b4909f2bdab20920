import type { Receipt } from "../../domain/webhooks/ports.ts";

/** The most that is read of a response's head, in bytes. Its body is not read. */
const MOST_BYTES = 16 * 1024;

type Destination = { url: URL; isTls: boolean; port: number; address: string };

/**
 * Sends one POST by HTTP/1.1 to this very address, with TLS for the URL's host, and returns the status of the response.
 * `fetch` would resolve the host again by itself, and follow redirects. Throws if there is no response that is HTTP.
 */
export async function postOnce(
  { url, isTls, port, address }: Destination,
  { headers, body, signal }: { headers: Record<string, string>; body: string; signal: AbortSignal },
): Promise<Receipt> {
  const tcp = await Deno.connect({ hostname: address, port });
  let connection: Deno.Conn = tcp;
  const close = () => {
    try {
      connection.close();
    } catch { /* it is closed */ }
  };
  signal.addEventListener("abort", close);
  if (signal.aborted) close();
  try {
    if (isTls) connection = await Deno.startTls(tcp, { hostname: url.hostname });
    const bytes = new TextEncoder().encode(body);
    const head = [
      `POST ${url.pathname}${url.search} HTTP/1.1`,
      `host: ${url.host}`,
      ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
      `content-length: ${bytes.length}`,
      "connection: close",
    ];
    await writeAll(connection, new TextEncoder().encode(`${head.join("\r\n")}\r\n\r\n`));
    await writeAll(connection, bytes);
    return receiptOf(await readHead(connection));
  } finally {
    signal.removeEventListener("abort", close);
    close();
  }
}

async function writeAll(connection: Deno.Conn, bytes: Uint8Array): Promise<void> {
  for (let done = 0; done < bytes.length;) done += await connection.write(bytes.subarray(done));
}

/** Reads up to the end of the head, skipping interim responses (1xx). */
async function readHead(connection: Deno.Conn): Promise<string> {
  const buffer = new Uint8Array(MOST_BYTES);
  let text = "";
  for (let length = 0; length < MOST_BYTES;) {
    const read = await connection.read(buffer.subarray(length));
    if (read === null) break;
    length += read;
    text = new TextDecoder("latin1").decode(buffer.subarray(0, length)).replace(
      /^(HTTP\/1\.\d 1\d\d.*?\r\n\r\n)+/s,
      "",
    );
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
