import type { DatabaseSync } from "node:sqlite";
import type { AddressInfo } from "node:net";
import { generate } from "selfsigned";
import { SMTPServer } from "smtp-server";
import { mailStore } from "./mail_store.ts";

/**
 * How a mail can be made to fail: a temporary refusal of its recipient, or of the whole message; or a lost
 * connection, before the message, or after it without a response, with the mail dropped or kept.
 */
export type Disruption = "recipient" | "message" | "hang_up" | "dropped" | "kept_unanswered";

type Options = {
  state: DatabaseSync;
  port: number;
  user: string;
  password: string;
  log?: (line: string) => void;
  /** Receives mails instead of the mailbox. */
  receive?: (raw: Uint8Array, recipients: string[]) => void | Promise<void>;
  /** Decides per mail whether and how it fails. */
  disrupt?: () => Disruption | null;
};

/** The server's response by prefix of the recipient's address. It accepts mail for all others. */
const REFUSALS: Record<string, { responseCode: number; text: string }> = {
  "no-such-user": {
    responseCode: 550,
    text: "5.1.1 The email account that you tried to reach does not exist.",
  },
  "over-limit": { responseCode: 550, text: "5.4.5 Daily user sending limit exceeded." },
  "always-busy": { responseCode: 451, text: "4.3.0 Try again later." },
};

/**
 * Starts a mail server on loopback that requires STARTTLS and a login, and stores mails for the mailbox page. Each
 * start creates a new certificate; `caCertificate` (PEM) is the authority that a client must trust. Addresses that
 * begin with a word of `REFUSALS` are refused accordingly; `greylisted…` is refused the first time; with `spam…` the
 * server refuses after the message, with `hangs…` it never responds after it, and with `hangs-up…` it closes the
 * connection instead.
 */
export async function smtpSandbox(
  options: Options,
): Promise<{ port: number; caCertificate: string; stop(): Promise<void> }> {
  const { state, port, user, password, log = () => {}, disrupt = () => null } = options;
  const receive = options.receive ?? mailStore(state).add;
  // Two certificates, as in reality: Deno 2.5 does not trust a server that uses the authority's own certificate.
  const authority = await generate([{ name: "commonName", value: "Sandbox" }], {
    keyType: "ec",
    algorithm: "sha256",
    extensions: [{ name: "basicConstraints", cA: true, critical: true }],
  });
  const certificate = await generate([{ name: "commonName", value: "localhost" }], {
    keyType: "ec",
    algorithm: "sha256",
    ca: { key: authority.private, cert: authority.cert },
    extensions: [
      { name: "subjectAltName", altNames: [{ type: 2, value: "localhost" }, { type: 7, ip: "127.0.0.1" }] },
    ],
  });
  const greylist = new Set<string>();
  /** How to fail the message that a session is about to send. */
  const planned = new Map<string, Disruption>();
  const server = new SMTPServer({
    key: certificate.private,
    cert: certificate.cert,
    logger: false,
    disableReverseLookup: true,
    onAuth(auth, _session, done) {
      if (auth.username === user && auth.password === password) return done(null, { user });
      done(Object.assign(new Error("Username and password not accepted"), { responseCode: 535 }));
    },
    onRcptTo({ address }, session, done) {
      const refuse = ({ responseCode, text }: { responseCode: number; text: string }) =>
        done(Object.assign(new Error(text), { responseCode }));
      const refusal = Object.keys(REFUSALS).find((word) => address.startsWith(word));
      if (refusal) return refuse(REFUSALS[refusal]!);
      if (address.startsWith("greylisted") && !greylist.has(address)) {
        greylist.add(address);
        return refuse({ responseCode: 451, text: "4.7.1 Greylisted, please try again in 60 seconds" });
      }
      const disruption = disrupt();
      if (disruption === "hang_up") return hangUp(session.id);
      if (disruption === "recipient") {
        return refuse({ responseCode: 451, text: "4.3.0 Temporary failure, please try again" });
      }
      if (disruption) planned.set(session.id, disruption);
      done();
    },
    onData(stream, session, done) {
      const chunks: Uint8Array[] = [];
      stream.on("data", (chunk: Uint8Array) => chunks.push(chunk));
      stream.on("end", async () => {
        try {
          const recipients = session.envelope.rcptTo.map((recipient) => recipient.address);
          const [first = ""] = recipients;
          if (first.startsWith("hangs-up")) return hangUp(session.id);
          if (first.startsWith("hangs")) return;
          if (first.startsWith("spam")) {
            return done(Object.assign(new Error("5.7.1 Message refused as spam"), { responseCode: 554 }));
          }
          const disruption = planned.get(session.id);
          planned.delete(session.id);
          if (disruption === "message") {
            return done(Object.assign(new Error("4.3.0 Temporary failure"), { responseCode: 451 }));
          }
          if (disruption === "dropped") return hangUp(session.id);
          await receive(new Uint8Array(await new Blob(chunks as BlobPart[]).arrayBuffer()), recipients);
          if (disruption === "kept_unanswered") return hangUp(session.id);
          done();
        } catch (error) {
          done(error instanceof Error ? error : new Error(String(error)));
        }
      });
    },
  });
  function hangUp(sessionId: string) {
    for (const connection of server.connections) {
      if ((connection as unknown as { id: string }).id === sessionId) connection.close();
    }
  }
  // Clients may disconnect at any time.
  server.on("error", (error) => log(`SMTP: ${error.message}`));
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => resolve());
  });
  return {
    port: (server.server.address() as AddressInfo).port,
    caCertificate: authority.cert,
    stop: () => new Promise((resolve) => server.close(resolve)),
  };
}
