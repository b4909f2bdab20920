import { fileURLToPath } from "node:url";
import { type Daemon, hasPgbouncer, startPgbouncer } from "./daemons.ts";
import { findBinaries, type PostgresCluster, startPostgresCluster } from "./postgres_cluster.ts";
import type { Engine } from "./test_database.ts";

export type PreparedDatabases = {
  engines: Engine[];
  /** What tells a test process where they are (test_database.ts). */
  env: Record<string, string>;
  stop(): Promise<void>;
};

/**
 * Migrated databases for tests to copy. Each is made when a test first asks for it, with the migrations of the tree
 * at `root` as they are then, and made anew once one of those has changed. PostgreSQL is the server that
 * TEST_DATABASE_URL names, or one of this machine's own; without either there is only PGlite.
 */
export async function prepareDatabases(
  root = new URL("../../", import.meta.url),
): Promise<PreparedDatabases> {
  const directory = await Deno.makeTempDir({ prefix: "test-databases-" });
  const given = Deno.env.get("TEST_DATABASE_URL") || undefined;
  const engines: Engine[] = given || await findBinaries() ? ["pglite", "postgres"] : ["pglite"];
  let cluster: Promise<PostgresCluster | null> | undefined;
  let pooler: Promise<Daemon> | undefined;

  const make: Record<Engine, () => Promise<string>> = {
    pglite: async () => {
      const snapshot = `${directory}/${crypto.randomUUID()}.tar`;
      await run(root, "prepare_pglite.ts", snapshot);
      return snapshot;
    },
    postgres: async () => {
      const server = given ?? (await (cluster ??= startPostgresCluster({ autovacuum: false })))!.url;
      await run(root, "prepare_postgres.ts", server);
      return server;
    },
  };
  const made: Partial<Record<Engine, { of: string; at: Promise<string> }>> = {};

  /** Where a test finds what it asks for; null if there is no such thing, as a pooler for a server of others. */
  async function find(what: string): Promise<string | null> {
    if (what === "pooler") {
      if (!cluster || !hasPgbouncer) return null;
      pooler ??= cluster.then((own) => startPgbouncer(own!.url, 100, "session"));
      return (await pooler).url;
    }
    const engine = engines.find((each) => each === what);
    if (!engine) return null;
    const of = await versionOf(new URL("migrations/", root));
    if (made[engine]?.of !== of) made[engine] = { of, at: make[engine]() };
    return await made[engine].at;
  }

  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async (request) => {
    try {
      const found = await find(new URL(request.url).pathname.slice(1));
      return found === null ? new Response("There is none.", { status: 404 }) : new Response(found);
    } catch (error) {
      return new Response(String(error), { status: 500 });
    }
  });

  return {
    engines,
    env: { TEST_DATABASES: `http://127.0.0.1:${server.addr.port}`, TEST_ENGINES: engines.join() },
    async stop() {
      await server.shutdown();
      await (await pooler)?.stop();
      await (await cluster)?.stop();
      await Deno.remove(directory, { recursive: true });
    },
  };
}

async function run(root: URL, script: string, argument: string): Promise<void> {
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-check", "-A", `tests/support/${script}`, argument],
    cwd: fileURLToPath(root),
    env: { NO_COLOR: "1" },
    stdout: "null",
  }).output();
  if (!success) throw new Error(`No database was prepared: ${new TextDecoder().decode(stderr)}`);
}

/** The same for the same files in a folder. */
async function versionOf(folder: URL): Promise<string> {
  const files: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    files.push(
      isDirectory
        ? await versionOf(new URL(`${name}/`, folder))
        : `${name}\n${await Deno.readTextFile(new URL(name, folder))}`,
    );
  }
  return files.sort().join("\n");
}
