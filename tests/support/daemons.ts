import { freePort, serverUser } from "./postgres_cluster.ts";

/** A server that a test lets fail. */
export type Daemon = {
  url: string;
  /** Ends at once, without a word to its clients. */
  kill(): Promise<void>;
  start(): Promise<void>;
  /** Goes on listening and answers nothing, until `thaw`. */
  freeze(): void;
  thaw(): void;
  /** Ends for good. */
  stop(): Promise<void>;
};

const isInstalled = (path: string) => {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
};

const PGBOUNCER = "/usr/sbin/pgbouncer";
const REDIS = "/usr/bin/redis-server";
const VARNISH = "/usr/sbin/varnishd";
const VARNISHSTAT = "/usr/bin/varnishstat";
/** Whether this machine has them; Debian: `pgbouncer`, `redis-server`, `varnish`. */
export const hasPgbouncer = isInstalled(PGBOUNCER);
export const hasRedis = isInstalled(REDIS);
export const hasVarnish = isInstalled(VARNISH);

/**
 * Debian's PgBouncer in front of a server, with so many connections to each database. In mode "session" it keeps them
 * for the next client, who finds a session without any state.
 */
export async function startPgbouncer(
  databaseUrl: string,
  poolSize: number,
  mode: "transaction" | "session" = "transaction",
): Promise<Daemon> {
  const { hostname, port, pathname } = new URL(databaseUrl);
  const user = await serverUser();
  const directory = await Deno.makeTempDir({ prefix: "pgbouncer-" });
  const own = freePort();
  const settings = {
    listen_addr: "127.0.0.1",
    listen_port: own,
    unix_socket_dir: "",
    auth_type: "any",
    pool_mode: mode,
    default_pool_size: poolSize,
    max_client_conn: 1000,
    server_login_retry: 1,
  };
  await Deno.writeTextFile(
    `${directory}/pgbouncer.ini`,
    [
      "[databases]",
      `* = host=${hostname} port=${port} user=postgres`,
      "[pgbouncer]",
      ...Object.entries(settings).map(([name, value]) => `${name} = ${value}`),
      "",
    ].join("\n"),
  );
  if (user) await Deno.chown(directory, user.uid, user.gid);
  const command = new Deno.Command(PGBOUNCER, {
    args: ["-q", `${directory}/pgbouncer.ini`],
    cwd: directory,
    stdout: "null",
    stderr: "null",
    ...user,
  });
  return await daemon(command, own, `postgres://postgres@127.0.0.1:${own}${pathname}`, directory);
}

/** A Redis that keeps nothing. */
export async function startRedis(port: number = freePort()): Promise<Daemon> {
  const directory = await Deno.makeTempDir({ prefix: "redis-" });
  const command = new Deno.Command(REDIS, {
    args: ["--port", String(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"],
    cwd: directory,
    stdout: "null",
    stderr: "null",
  });
  return await daemon(command, port, `redis://127.0.0.1:${port}`, directory);
}

/**
 * Debian's Varnish on a port, with the configuration for operators, which may be changed, in front of an API on another
 * port.
 */
export async function startVarnish(
  port: number,
  apiPort: number,
  change = (vcl: string) => vcl,
): Promise<Daemon & { passedOn(): Promise<number> }> {
  const directory = await Deno.makeTempDir({ prefix: "varnish-" });
  const vcl = await Deno.readTextFile(new URL("../../adapters/edge/varnish.vcl", import.meta.url));
  await Deno.writeTextFile(`${directory}/edge.vcl`, change(vcl.replace('"8000"', `"${apiPort}"`)));
  const command = new Deno.Command(VARNISH, {
    args: [
      ...["-F", "-j", "none", "-n", `${directory}/state`, "-s", "malloc,32m"],
      ...["-a", `127.0.0.1:${port}`, "-f", `${directory}/edge.vcl`],
    ],
    cwd: directory,
    stdout: "null",
    stderr: "null",
  });
  const varnish = await daemon(command, port, `http://127.0.0.1:${port}`, directory);
  return {
    ...varnish,
    /** How many requests it has passed on to the API. */
    async passedOn() {
      const { stdout } = await new Deno.Command(VARNISHSTAT, {
        args: ["-n", `${directory}/state`, "-1", "-f", "MAIN.backend_req"],
      }).output();
      return Number(new TextDecoder().decode(stdout).match(/\d+/)?.[0] ?? NaN);
    },
  };
}

async function daemon(command: Deno.Command, port: number, url: string, directory: string): Promise<Daemon> {
  let child: Deno.ChildProcess;
  let isAlive = false;
  const start = async () => {
    child = command.spawn();
    isAlive = true;
    await isListening(port);
  };
  const kill = async () => {
    if (!isAlive) return; // or the failure that a test ends with would be hidden by this one
    isAlive = false;
    child.kill("SIGKILL");
    await child.status;
  };
  await start();
  return {
    url,
    start,
    kill,
    freeze: () => child.kill("SIGSTOP"),
    thaw: () => child.kill("SIGCONT"),
    async stop() {
      await kill();
      await Deno.remove(directory, { recursive: true });
    },
  };
}

/** Waits up to ten seconds until somebody listens. */
async function isListening(port: number): Promise<void> {
  for (let tries = 0; tries < 400; tries++) {
    try {
      (await Deno.connect({ hostname: "127.0.0.1", port })).close();
      return;
    } catch (error) {
      if (!(error instanceof Deno.errors.ConnectionRefused)) throw error;
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
  }
  throw new Error(`Nobody listens on port ${port} after ten seconds.`);
}
