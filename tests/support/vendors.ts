import { type Sandbox, type SandboxOptions, startSandbox } from "../../adapters/sandbox/sandbox.tsx";
import { freePort } from "./postgres_cluster.ts";

/** What the shops of the tests sign their tokens with. */
export const TOKEN_SECRET = "a secret of the tests that is long enough";

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
  const environment = {
    ...sandbox.environment,
    APP_ENV: "test",
    PORT: String(port),
    FRONTEND_URL: "http://localhost:3000",
    JWT_SECRET: TOKEN_SECRET,
    DATABASE_URL: databaseUrl,
  };
  return { sandbox, api, port, environment };
}
