import assert from "node:assert/strict";
import { publicAddresses } from "../../adapters/dns/public_hosts.ts";
import { postOnDeploy } from "../../adapters/standard_webhooks/post_on_deploy.ts";
import { postOnce } from "../../adapters/standard_webhooks/post_once.ts";
import { standardWebhookMessenger } from "../../adapters/standard_webhooks/messenger.ts";
import { DomainError } from "../../domain/errors.ts";

const PUBLIC = "93.184.215.14";
/** How a request is sent: as everywhere, and as on Deno Deploy. */
const POSTS = [["everywhere", postOnce], ["on Deploy", postOnDeploy]] as const;
const addressesOf = () => Promise.resolve([]);
const message = { id: "1", body: "{}", now: new Date() };
const to = (url: string) => ({ url, secrets: ["whsec_c2VjcmV0"] });

Deno.test("an endpoint's URL must be https at a public host, with no port or password of its own", async () => {
  const addresses: Record<string, string[]> = {
    "hooks.example": [PUBLIC],
    "inside.example": ["10.0.0.7"],
    "half.example": [PUBLIC, "127.0.0.1"],
    "nowhere.example": [],
  };
  const messenger = standardWebhookMessenger({
    allowsLocal: false,
    addressesOf: (host) => publicAddresses(host, (name) => Promise.resolve(addresses[name] ?? [])),
  });
  await messenger.requireSendable("https://hooks.example/a?b=c");
  for (
    const url of [
      "hooks",
      "http://hooks.example/",
      "https://hooks.example:8443/",
      "https://user:secret@hooks.example/",
      "https://hooks.example/#part",
      "ftp://hooks.example/",
      "https://inside.example/",
      "https://half.example/",
      "https://nowhere.example/",
      "https://127.0.0.1/",
      "https://[::1]/",
      "https://[::ffff:169.254.169.254]/",
      "https://169.254.169.254/latest/meta-data/",
      "https://2130706433/",
    ]
  ) {
    await assert.rejects(
      messenger.requireSendable(url),
      (error) => error instanceof DomainError && error.details.fields?.url !== undefined,
      url,
    );
  }
});

Deno.test("a host that leads into the own network by the time of sending is not connected to", async () => {
  let asked = 0;
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const connected = listener.accept().then((connection) => connection.close(), () => {});
  const messenger = standardWebhookMessenger({
    allowsLocal: false,
    addressesOf: () => Promise.resolve(asked++ === 0 ? [PUBLIC] : []),
  });
  await messenger.requireSendable("https://rebinding.example/");
  await assert.rejects(messenger.send(to("https://rebinding.example/"), message), /has no public address/);
  listener.close();
  await connected;
  assert.equal(asked, 2, "judged again, when it is sent");
});

for (const [kind, post] of POSTS) {
  Deno.test(`an endpoint that is silent, cuts the answer off, or speaks no HTTP is an error within the time (${kind})`, async () => {
    const messenger = standardWebhookMessenger({ allowsLocal: true, post, timeoutMs: 200, addressesOf });
    for (
      const [answer, expected] of [
        [null, /No answer came within 200 ms/],
        ["HTTP/1.1 20", /did not answer with HTTP/],
        ["SSH-2.0-OpenSSH\r\n\r\n", /did not answer with HTTP/],
        ["x".repeat(20_000), /did not answer with HTTP/],
      ] as const
    ) {
      const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
      const serving = (async () => {
        const connection = await listener.accept();
        if (answer !== null) {
          await connection.read(new Uint8Array(1024));
          await connection.write(new TextEncoder().encode(answer));
          connection.close();
        }
        return connection;
      })();
      await assert.rejects(messenger.send(to(`http://127.0.0.1:${listener.addr.port}/`), message), expected);
      const connection = await serving;
      if (answer === null) connection.close();
      listener.close();
    }
  });
}

for (const [kind, post] of POSTS) {
  Deno.test(`an interim response is skipped, and Retry-After is read (${kind})`, async () => {
    const messenger = standardWebhookMessenger({ allowsLocal: true, post, addressesOf });
    const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const serving = (async () => {
      const connection = await listener.accept();
      await connection.read(new Uint8Array(1024));
      const answer = "HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\nHTTP/1.1 503 Busy\r\nRetry-After: 7\r\n\r\n";
      await connection.write(new TextEncoder().encode(answer));
      connection.close();
    })();
    const receipt = await messenger.send(to(`http://127.0.0.1:${listener.addr.port}/`), message);
    assert.deepEqual(receipt, { status: 503, retryAfterSeconds: 7 });
    await serving;
    listener.close();
  });
}

Deno.test("an endpoint that never finishes its TLS handshake is disconnected", async () => {
  const messenger = standardWebhookMessenger({ allowsLocal: true, timeoutMs: 200, addressesOf });
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const accepted = listener.accept();
  await assert.rejects(
    messenger.send(to(`https://localhost:${listener.addr.port}/`), message),
    /within 200 ms/,
  );
  const connection = await accepted;
  const hello = new Uint8Array(4096);
  while (await connection.read(hello) !== null); // until it is closed
  connection.close();
  listener.close();
});

for (const [kind, post] of POSTS) {
  Deno.test(`the next address of an endpoint is tried if one takes no connection, for the same host (${kind})`, async () => {
    const hosts: (string | null)[] = [];
    const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, (request) => {
      hosts.push(request.headers.get("host"));
      return new Response(null, { status: 204 });
    });
    const url = new URL(`http://hooks.example:${server.addr.port}/`);
    const signal = AbortSignal.timeout(5000);
    const receipt = await post({ url, addresses: ["127.0.0.9", "127.0.0.1"] }, {
      headers: {},
      body: "{}",
      signal,
    });
    assert.equal(receipt.status, 204);
    assert.deepEqual(hosts, [url.host]);
    await server.shutdown();
  });
}
