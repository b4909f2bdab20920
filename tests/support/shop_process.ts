import { fileURLToPath } from "node:url";

export const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** A process of the shop, with nothing but the given environment. `options`: of `deno run`; `deno`: which one. */
export function startProcess(
  script: string,
  environment: Record<string, string>,
  { args = [], options = [], deno = Deno.execPath() }: {
    args?: string[];
    options?: string[];
    deno?: string;
  } = {},
) {
  const inherited = ["PATH", "HOME", "DENO_DIR"].flatMap((name) => {
    const value = Deno.env.get(name);
    return value ? [[name, value]] : [];
  });
  return new Deno.Command(deno, {
    args: ["run", "-A", ...options, script, ...args],
    cwd: ROOT,
    clearEnv: true,
    env: { ...Object.fromEntries(inherited), ...environment },
    stdout: "piped",
    stderr: "piped",
  });
}

export async function answers(url: string): Promise<boolean> {
  try {
    const response = await fetch(url);
    await response.body?.cancel();
    return response.ok;
  } catch {
    return false;
  }
}

/** Waits up to 90 seconds for a server, which on a busy machine may take as long to fill its database. */
export async function ready(api: string): Promise<void> {
  for (let tries = 0; tries < 900; tries++) {
    if (await answers(`${api}/ready`)) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`${api} did not become ready.`);
}
