import { fileURLToPath } from "node:url";

export const root = new URL("../../", import.meta.url);
const PARTS = [
  "adapters",
  "domain",
  "migrations",
  "openapi",
  "routes",
  "tests",
  "deno.json",
  "deno.lock",
  "main.ts",
];

/** The project in a folder of its own, where it may be changed; packages are shared. */
export async function copyOfTree(): Promise<string> {
  const copy = await Deno.makeTempDir({ prefix: "mutants-" });
  for (const name of PARTS) {
    const { success } = await new Deno.Command("cp", {
      args: ["-r", fileURLToPath(new URL(name, root)), copy],
    }).output();
    if (!success) throw new Error(`${name} could not be copied to ${copy}`);
  }
  await Deno.symlink(fileURLToPath(new URL("node_modules", root)), `${copy}/node_modules`);
  return copy;
}

/** Runs tests in a copy of the tree; those that take too long are red. */
export async function outcome(
  copy: string,
  tests: string[],
  patienceMs: number,
  env: Record<string, string> = {},
): Promise<"green" | "red"> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["test", "--no-check", "--allow-all", "--fail-fast", "--quiet", ...tests],
    cwd: copy,
    env: { NO_COLOR: "1", ...env },
    stdout: "null",
    stderr: "null",
  }).spawn();
  const timer = setTimeout(() => child.kill("SIGKILL"), patienceMs);
  const { success } = await child.status;
  clearTimeout(timer);
  return success ? "green" : "red";
}
