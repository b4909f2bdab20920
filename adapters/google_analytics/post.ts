import { inTime } from "../in_time.ts";

/** How a request ended: with a status, certainly unreceived, or perhaps received. */
export type Posted = { status: number } | { unsent: string } | { unknown: string };

/**
 * Posts JSON over HTTP/1.1, within the given milliseconds. Not with `fetch`, because the URL has a secret: Deno's telemetry
 * exports the URLs of `fetch` and of node:http, and their errors name it. The reasons are the names of errors.
 */
export async function postJson(url: URL, json: string, timeoutMs: number): Promise<Posted> {
  let isConnected = false;
  try {
    const status = await inTime(timeoutMs, async (signal) => {
      using connection = await open(url);
      const cut = () => connection[Symbol.dispose]();
      signal.addEventListener("abort", cut);
      if (signal.aborted) throw signal.reason;
      if ("handshake" in connection) await connection.handshake();
      isConnected = true;
      await writeAll(connection, requestOf(url, json));
      return await readStatus(connection);
    });
    return { status };
  } catch (error) {
    const reason = error instanceof Error ? error.name : "Error";
    return isConnected ? { unknown: reason } : { unsent: reason };
  }
}

async function open({ protocol, hostname, port }: URL): Promise<Deno.TcpConn | Deno.TlsConn> {
  const isEncrypted = protocol === "https:";
  const peer = {
    hostname: hostname.replace(/^\[|\]$/g, ""), // IPv6
    port: Number(port) || (isEncrypted ? 443 : 80),
  };
  return isEncrypted ? await Deno.connectTls(peer) : await Deno.connect(peer);
}

function requestOf({ host, pathname, search }: URL, json: string): Uint8Array {
  const body = new TextEncoder().encode(json);
  const head = [
    `POST ${pathname}${search} HTTP/1.1`,
    `host: ${host}`,
    "content-type: application/json",
    `content-length: ${body.length}`,
    "connection: close",
    "\r\n",
  ].join("\r\n");
  return new Uint8Array([...new TextEncoder().encode(head), ...body]);
}

async function writeAll(connection: Deno.Conn, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) at += await connection.write(bytes.subarray(at));
}

/** Reads the status line. The rest of the response says nothing. */
async function readStatus(connection: Deno.Conn): Promise<number> {
  const chunk = new Uint8Array(256);
  let text = "";
  while (text.length < chunk.length) {
    const length = await connection.read(chunk);
    if (length === null) break;
    text += new TextDecoder("latin1").decode(chunk.subarray(0, length));
    const [, status] = text.match(/^HTTP\/1\.[01] (\d{3})\b.*\r\n/) ?? [];
    if (status) return Number(status);
  }
  throw new Error("This is no HTTP.");
}
