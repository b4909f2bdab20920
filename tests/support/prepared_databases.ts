import { fileURLToPath } from "node:url";
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

  const make: Record<Engine, () => Promise<string>> = {
    pglite: async () => {
      const snapshot = `${directory}/${crypto.randomUUID()}.tar`;
      await run(root, "prepare_pglite.ts", snapshot);
      return snapshot;
    },
    postgres: async () => {
      const server = given ?? (await (cluster ??= startPostgresCluster()))!.url;
      await run(root, "prepare_postgres.ts", server);
      return server;
    },
  };
  const made: Partial<Record<Engine, { of: string; at: Promise<string> }>> = {};

  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async (request) => {
    const engine = engines.find((each) => new URL(request.url).pathname === `/${each}`);
    if (!engine) return new Response("There is no such engine.", { status: 404 });
    const of = await versionOf(new URL("migrations/", root));
    if (made[engine]?.of !== of) made[engine] = { of, at: make[engine]() };
    try {
      return new Response(await made[engine].at);
    } catch (error) {
      return new Response(String(error), { status: 500 });
    }
  });

  return {
    engines,
    env: { TEST_DATABASES: `http://127.0.0.1:${server.addr.port}`, TEST_ENGINES: engines.join() },
    async stop() {
      await server.shutdown();
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
