import { PGlite } from "@electric-sql/pglite";
import { PGLiteSocketServer } from "@electric-sql/pglite-socket";

/**
 * PostgreSQL inside this process (PGlite) behind a socket on loopback, so that the ordinary driver reaches it. Keeps
 * its data in `directory`, or in memory when that is null. One process at a time may have a directory open. A database
 * in memory can start from the `snapshot` of another, which is five times as fast as from nothing.
 */
export async function startEmbeddedPostgres(
  options: { directory: string | null; port?: number; snapshot?: Blob },
): Promise<{ url: string; snapshot(): Promise<Blob>; stop(): Promise<void> }> {
  const { directory, port = 0 } = options;
  if (directory) await Deno.mkdir(directory, { recursive: true });
  const lock = directory ? await lockDirectory(directory) : null;
  const db = await PGlite.create({
    dataDir: directory ? `${directory}/database` : "memory://",
    loadDataDir: options.snapshot,
  });
  const server = new PGLiteSocketServer({ db, port, host: "127.0.0.1", maxConnections: 20 });
  await server.start();
  return {
    url: `postgres://postgres:postgres@${server.getServerConn()}/postgres`,
    snapshot: () => db.dumpDataDir("none"),
    async stop() {
      await server.stop();
      await db.close();
      lock?.close();
    },
  };
}

/** An advisory lock of the operating system: it ends with the process, however that ends. */
async function lockDirectory(directory: string): Promise<Deno.FsFile> {
  const file = await Deno.open(`${directory}/lock`, { create: true, write: true });
  if (!(await file.tryLock(true))) {
    file.close();
    throw new Error(`Another server uses the database in ${directory}. Stop it first.`);
  }
  return file;
}
