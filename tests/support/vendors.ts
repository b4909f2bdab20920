import { type Sandbox, type SandboxOptions, startSandbox } from "../../adapters/sandbox/sandbox.tsx";
import { serverEnvironment } from "./environment.ts";
import { freePort } from "./postgres_cluster.ts";

/** Stand-ins of all vendors for one shop, and the environment with which it finds them and listens at `api`. */
export async function startVendors(
  databaseUrl: string,
  options: Pick<SandboxOptions, "debitDelayMs" | "processingMs" | "retryDelaysMs"> = {},
): Promise<{ sandbox: Sandbox; api: string; port: number; environment: Record<string, string> }> {
  const port = freePort();
  const api = `http://localhost:${port}`;
  const sandbox = await startSandbox({
    state: ":memory:",
    httpPort: freePort(),
    smtpPort: 0,
    apiUrl: api,
    appEnv: "test",
    ...options,
  });
  const environment = serverEnvironment({ port, databaseUrl }, sandbox.environment);
  return { sandbox, api, port, environment };
}
