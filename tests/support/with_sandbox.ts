import { type Sandbox, startSandbox } from "../../adapters/sandbox/sandbox.tsx";
import { freePort } from "./postgres_cluster.ts";

/** Declares a test of an adapter against the stand-ins, started for it alone. */
export function sandboxTest(name: string, run: (sandbox: Sandbox) => Promise<void>) {
  Deno.test(name, () => withSandbox(run));
}

/** Does something with stand-ins that are started for it alone. */
export async function withSandbox(run: (sandbox: Sandbox) => Promise<void>): Promise<void> {
  const sandbox = await startSandbox({
    state: ":memory:",
    httpPort: freePort(),
    smtpPort: 0,
    apiUrl: "http://127.0.0.1:9",
    appEnv: "test",
  });
  try {
    await run(sandbox);
  } finally {
    await sandbox.stop();
  }
}
