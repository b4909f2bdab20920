import type { DatabaseSync } from "node:sqlite";
import type { AddressInfo } from "node:net";
import { generate } from "selfsigned";
import { SMTPServer } from "smtp-server";
import { mailStore } from "./mail_store.ts";

type Options = {
  state: DatabaseSync;
  port: number;
  user: string;
  password: string;
  log?: (line: string) => void;
};

/**
 * A mail server on loopback that wants STARTTLS and a login, and keeps what it is given for the mailbox page. Its
 * certificate is made anew for each start; `caCertificate` (PEM) is what a client must trust.
 */
export async function smtpSandbox(
  options: Options,
): Promise<{ port: number; caCertificate: string; stop(): Promise<void> }> {
  const { state, port, user, password, log = () => {} } = options;
  const mails = mailStore(state);
  const certificate = await generate([{ name: "commonName", value: "localhost" }], {
    keyType: "ec",
    algorithm: "sha256",
    extensions: [
      { name: "basicConstraints", cA: true },
      { name: "subjectAltName", altNames: [{ type: 2, value: "localhost" }, { type: 7, ip: "127.0.0.1" }] },
    ],
  });
  const server = new SMTPServer({
    key: certificate.private,
    cert: certificate.cert,
    logger: false,
    disableReverseLookup: true,
    onAuth(auth, _session, done) {
      if (auth.username === user && auth.password === password) return done(null, { user });
      done(Object.assign(new Error("Username and password not accepted"), { responseCode: 535 }));
    },
    onData(stream, session, done) {
      const chunks: Uint8Array[] = [];
      stream.on("data", (chunk: Uint8Array) => chunks.push(chunk));
      stream.on("end", async () => {
        try {
          const recipients = session.envelope.rcptTo.map((recipient) => recipient.address);
          await mails.add(new Uint8Array(await new Blob(chunks as BlobPart[]).arrayBuffer()), recipients);
          done();
        } catch (error) {
          done(error instanceof Error ? error : new Error(String(error)));
        }
      });
    },
  });
  // Clients that hang up in the middle are their own trouble.
  server.on("error", (error) => log(`SMTP: ${error.message}`));
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => resolve());
  });
  return {
    port: (server.server.address() as AddressInfo).port,
    caCertificate: certificate.cert,
    stop: () => new Promise((resolve) => server.close(resolve)),
  };
}
