import { PGlite } from "@electric-sql/pglite";
import { pg_trgm } from "@electric-sql/pglite/contrib/pg_trgm";
import { unaccent } from "@electric-sql/pglite/contrib/unaccent";

/** A server of one PGlite database; `url` is for the ordinary driver. */
export type EmbeddedPostgres = { url: string; snapshot(): Promise<Blob>; stop(): Promise<void> };

/**
 * PostgreSQL inside this process (PGlite) behind a socket on loopback, so that the ordinary driver reaches it. Keeps
 * its data in `directory`, or in memory if that is null. Only one process at a time may open a directory. A database
 * in memory can start from the `snapshot` of another, which is five times as fast as starting empty.
 */
export async function startEmbeddedPostgres(
  options: { directory: string | null; port?: number; snapshot?: Blob },
): Promise<EmbeddedPostgres> {
  const { directory, port = 0 } = options;
  if (directory) await Deno.mkdir(directory, { recursive: true });
  const lock = directory ? await lockDirectory(directory) : null;
  const db = await PGlite.create({
    dataDir: directory ? `${directory}/database` : "memory://",
    loadDataDir: options.snapshot,
    extensions: { pg_trgm, unaccent },
  });
  const server = serveDatabase(db, port);
  return {
    url: `postgres://postgres:postgres@127.0.0.1:${server.port}/postgres`,
    snapshot: () => db.dumpDataDir("none"),
    async stop() {
      await server.stop();
      await db.close();
      lock?.close();
    },
  };
}

/** Takes an advisory lock of the operating system, which ends with the process, however that ends. */
async function lockDirectory(directory: string): Promise<Deno.FsFile> {
  const file = await Deno.open(`${directory}/lock`, { create: true, write: true });
  if (!(await file.tryLock(true))) {
    file.close();
    throw new Error(`Another server uses the database in ${directory}. Stop it first.`);
  }
  return file;
}

/**
 * Lets several connections share PGlite's only session, each from its first message until the database is idle again.
 * (@electric-sql/pglite-socket 0.2 switches connections after every message, so that concurrent unnamed queries bind
 * and run each other's statements.)
 */
function serveDatabase(db: PGlite, port: number): { port: number; stop(): Promise<void> } {
  const listener = Deno.listen({ hostname: "127.0.0.1", port });
  const connections = new Map<Deno.Conn, Promise<void>>();
  let turn: Promise<void> = Promise.resolve();

  /** Resolves when it is this caller's turn, with a function that ends the turn. */
  async function takeTurn(): Promise<() => void> {
    const before = turn;
    const { promise, resolve } = Promise.withResolvers<void>();
    turn = promise;
    await before;
    return resolve;
  }

  async function converse(connection: Deno.Conn): Promise<void> {
    let endTurn: (() => void) | null = null;
    try {
      for await (const message of messages(connection)) {
        endTurn ??= await takeTurn();
        const answer = await db.execProtocolRaw(message, { throwOnError: false });
        await writeAll(connection, answer);
        if (isIdle(answer)) {
          endTurn();
          endTurn = null;
        }
      }
    } catch (error) {
      if (!isHangUp(error)) throw error;
    } finally {
      if (endTurn) {
        // The client disconnected in the middle: nothing of its state may remain for the next.
        await db.execProtocolRaw(SYNC, { throwOnError: false });
        if (db.isInTransaction()) await db.exec("rollback");
        endTurn();
      }
      close(connection);
    }
  }

  const accepting = (async () => {
    for await (const connection of listener) {
      connection.setNoDelay(true);
      connections.set(connection, converse(connection).finally(() => connections.delete(connection)));
    }
  })();

  return {
    port: listener.addr.port,
    async stop() {
      listener.close();
      for (const connection of connections.keys()) close(connection);
      await Promise.all([accepting, ...connections.values()]);
    },
  };
}

// The wire protocol: https://www.postgresql.org/docs/current/protocol-message-formats.html
const SSL_REQUEST = 80877103;
const CANCEL_REQUEST = 80877102;
const TERMINATE = "X".charCodeAt(0);
const READY_FOR_QUERY = "Z".charCodeAt(0);
const IDLE = "I".charCodeAt(0);
const SYNC = new Uint8Array(["S".charCodeAt(0), 0, 0, 0, 4]);

/** Yields the client's messages one by one, until it terminates or disconnects. */
async function* messages(connection: Deno.Conn): AsyncGenerator<Uint8Array> {
  let buffered = new Uint8Array();
  let isStarted = false;
  const chunk = new Uint8Array(64 * 1024);
  for (;;) {
    // Until the startup message, messages have no type byte.
    const prefix = isStarted ? 1 : 0;
    const length = buffered.length < prefix + 4 ? Infinity : prefix + readInt(buffered, prefix);
    if (buffered.length < length) {
      const read = await connection.read(chunk);
      if (read === null) return;
      const joined = new Uint8Array(buffered.length + read);
      joined.set(buffered);
      joined.set(chunk.subarray(0, read), buffered.length);
      buffered = joined;
      continue;
    }
    const message = buffered.slice(0, length);
    buffered = buffered.slice(length);
    if (isStarted) {
      if (message[0] === TERMINATE) return;
      yield message;
      continue;
    }
    const code = readInt(message, 4);
    if (code === CANCEL_REQUEST) return;
    if (code === SSL_REQUEST) {
      await writeAll(connection, new TextEncoder().encode("N"));
    } else {
      isStarted = true;
      yield message;
    }
  }
}

function readInt(bytes: Uint8Array, offset: number): number {
  return new DataView(bytes.buffer, bytes.byteOffset).getInt32(offset);
}

/** Returns whether a response ends with ReadyForQuery outside a transaction. */
function isIdle(answer: Uint8Array): boolean {
  return answer.at(-6) === READY_FOR_QUERY && answer.at(-1) === IDLE;
}

async function writeAll(connection: Deno.Conn, bytes: Uint8Array): Promise<void> {
  for (let written = 0; written < bytes.length;) written += await connection.write(bytes.subarray(written));
}

function isHangUp(error: unknown): boolean {
  return [
    Deno.errors.ConnectionReset,
    Deno.errors.BrokenPipe,
    Deno.errors.BadResource,
    Deno.errors.Interrupted,
    Deno.errors.UnexpectedEof,
    Deno.errors.NotConnected,
  ].some((type) => error instanceof type);
}

function close(connection: Deno.Conn): void {
  try {
    connection.close();
  } catch (error) {
    if (!(error instanceof Deno.errors.BadResource)) throw error;
  }
}
