import { statfsSync } from "node:fs";

export type PostgresCluster = {
  url: string;
  /** As `pg_ctl restart -m fast`: connections are cut, transactions under way are rolled back. */
  restart(): Promise<void>;
  stop(): Promise<void>;
};

type Options = {
  /** A certificate and its key (PEM): with them the server speaks TLS to those who ask for it. */
  tls?: { cert: string; private: string };
  /** Whether it gathers statistics by itself, after which the plan of a statement may be another one. */
  autovacuum?: boolean;
};

/** A throw-away PostgreSQL server, from the machine's own binaries; null where there are none. */
export async function startPostgresCluster(
  { tls, autovacuum = true }: Options = {},
): Promise<PostgresCluster | null> {
  const binaries = await findBinaries();
  if (!binaries) return null;
  const user = await serverUser();
  const directory = await Deno.makeTempDir({ dir: memoryDirectory(), prefix: "postgres-" });
  if (user) await Deno.chown(directory, user.uid, user.gid);
  const port = freePort();
  // Text must be UTF-8 whatever the environment says, or upper case in Cyrillic is none.
  const locale = ["-E", "UTF8", "--locale=C.UTF-8"];
  await run(
    `${binaries}/initdb`,
    ["-D", `${directory}/data`, "-U", "postgres", "-A", "trust", "-N", ...locale],
    user,
  );
  if (tls) {
    for (const [name, text] of [["server.crt", tls.cert], ["server.key", tls.private]] as const) {
      const path = `${directory}/data/${name}`;
      await Deno.writeTextFile(path, text, { mode: 0o600 });
      if (user) await Deno.chown(path, user.uid, user.gid);
    }
  }
  const command = new Deno.Command(`${binaries}/postgres`, {
    args: ["-D", `${directory}/data`, "-p", String(port), "-k", directory, "-h", "127.0.0.1"].concat(
      // Nothing here needs to outlive a crash of the machine.
      [
        "fsync=off",
        "synchronous_commit=off",
        "full_page_writes=off",
        "max_connections=300",
        `autovacuum=${autovacuum}`,
        ...(tls ? ["ssl=on"] : []),
      ].flatMap((setting) => ["-c", setting]),
    ),
    cwd: directory,
    // Each of some thousand backends fills a few MB, which costs less in large pages: a sixth of the server's time.
    env: { GLIBC_TUNABLES: "glibc.malloc.hugetlb=1" },
    stdout: "null",
    stderr: "null",
    ...user,
  });
  let server = command.spawn();
  return {
    url: `postgres://postgres@127.0.0.1:${port}/postgres`,
    async restart() {
      server.kill("SIGINT");
      await server.status;
      server = command.spawn();
    },
    async stop() {
      server.kill("SIGQUIT");
      await server.status;
      await Deno.remove(directory, { recursive: true });
    },
  };
}

/**
 * A TCP port on loopback that nobody listens on at this moment; below those that outgoing connections get (from 32768 on
 * Linux), for one of them could take it meanwhile.
 */
export function freePort(): number {
  for (;;) {
    const port = 11_000 + Math.floor(Math.random() * 21_000);
    try {
      Deno.listen({ hostname: "127.0.0.1", port }).close();
      return port;
    } catch (error) {
      if (!(error instanceof Deno.errors.AddrInUse)) throw error;
    }
  }
}

/** Where files are kept in memory, when there is enough of it: copying a database takes 80 ms there, up to 500 on a disk. */
function memoryDirectory(): string | undefined {
  try {
    const { bavail, bsize } = statfsSync("/dev/shm");
    return bavail * bsize > 4 * 1024 ** 3 ? "/dev/shm" : undefined;
  } catch {
    return undefined; // no Linux
  }
}

/** The folder of the newest PostgreSQL of this machine, as Debian installs it; null where there is none. */
export async function findBinaries(): Promise<string | null> {
  const versions: number[] = [];
  try {
    for await (const { name } of Deno.readDir("/usr/lib/postgresql")) versions.push(Number(name));
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  return versions.length > 0 ? `/usr/lib/postgresql/${Math.max(...versions)}/bin` : null;
}

/** PostgreSQL and PgBouncer refuse to run as root; Debian's package brings a user. Null: run as the present user. */
export async function serverUser(): Promise<{ uid: number; gid: number } | null> {
  if (Deno.uid() !== 0) return null;
  const [uid, gid] = await Promise.all(
    ["-u", "-g"].map(async (flag) => Number(await run("id", [flag, "postgres"]))),
  );
  return { uid: uid!, gid: gid! };
}

async function run(command: string, args: string[], user: { uid: number; gid: number } | null = null) {
  const { success, stdout, stderr } = await new Deno.Command(command, { args, cwd: "/tmp", ...user })
    .output();
  if (!success) throw new Error(`${command} failed: ${new TextDecoder().decode(stderr)}`);
  return new TextDecoder().decode(stdout);
}
