import { fileURLToPath } from "node:url";

/** Requests at a time; as many of them are under way in every server. */
const CONNECTIONS = 10;
const ROOT = fileURLToPath(new URL("../../", import.meta.url));

export type Load = { perSecond: number; p50: number; p99: number; failed: number };

const running: Deno.ChildProcess[] = [];
const pids = new Map<string, number>();

/** The seconds of processor time that a server has taken since its start, of all its threads. On Linux only. */
export async function processorSeconds(origin: string): Promise<number> {
  const stat = await Deno.readTextFile(`/proc/${pids.get(origin)}/stat`);
  const [user, system] = stat.slice(stat.lastIndexOf(")") + 2).split(" ").slice(11, 13).map(Number);
  return (user! + system!) / 100; // the kernel counts hundredths
}

/** Starts the shop as `deno task start` does, and waits as `start` does until it is ready. */
export const startShop = (port: number, env: Record<string, string>): Promise<string> =>
  start(
    ["run", "--no-prompt", "--v8-flags=--max-semi-space-size=4", "-P=server", "main.ts"],
    port,
    "/ready",
    env,
  );

/** Starts a server of its own process and waits until it answers, at most 20 seconds. */
export async function start(
  args: string[],
  port: number,
  path: string,
  env: Record<string, string>,
): Promise<string> {
  const child = new Deno.Command(Deno.execPath(), { args, env, cwd: ROOT, stdout: "null", stderr: "inherit" })
    .spawn();
  running.push(child);
  const origin = `http://127.0.0.1:${port}`;
  pids.set(origin, child.pid);
  for (let tries = 0; tries < 200; tries++) {
    const status = await fetch(origin + path).then(async (response) => {
      await response.body?.cancel();
      return response.status;
    }, () => 0);
    if (status === 200) return origin;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`${args.join(" ")} does not answer.`);
}

/** Ends every server that was started. */
export async function stopServers(): Promise<void> {
  const ending = running.splice(0);
  for (const process of ending) process.kill("SIGTERM");
  await Promise.all(ending.map((process) => process.status));
}

type Cannon = (
  options: {
    url: string;
    requests: { path: string }[];
    connections: number;
    duration: number;
    overallRate?: number;
    headers: Record<string, string>;
  },
) =>
  & Promise<{ requests: { average: number }; errors: number; non2xx: number }>
  & {
    on(event: "response", listen: (client: unknown, status: number, bytes: number, ms: number) => void): void;
  };

/** Asks a server for these paths in turn, for some seconds, as fast as it answers or at a rate in requests a second. */
export async function load(
  origin: string,
  paths: string[],
  headers: Record<string, string>,
  duration: number,
  rate?: number,
): Promise<Load> {
  const cannon: Cannon = (await import("autocannon")).default;
  const running = cannon({
    url: origin,
    requests: paths.map((path) => ({ path })),
    connections: CONNECTIONS,
    duration,
    ...(rate === undefined ? {} : { overallRate: rate }),
    headers,
  });
  const times: number[] = []; // its own percentiles are whole milliseconds
  running.on("response", (_client, _status, _bytes, ms) => times.push(ms));
  const { requests, errors, non2xx } = await running;
  times.sort((a, b) => a - b);
  const percentile = (share: number) => times[Math.floor(times.length * share)] ?? 0;
  return {
    perSecond: requests.average,
    p50: percentile(0.5),
    p99: percentile(0.99),
    failed: errors + non2xx,
  };
}
