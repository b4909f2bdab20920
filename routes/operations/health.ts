import { DomainError } from "../../domain/errors.ts";
import type { Handlers } from "../http/contract_app.ts";

type Deps = {
  /** Resolves when the database responds. */
  pingDatabase(): Promise<unknown>;
};

/** Serves health checks. */
export const healthRoutes = (deps: Deps): Handlers<"getHealth" | "getReady"> => ({
  getHealth() {
    return Promise.resolve({ status: 200, body: { status: "ok" } });
  },

  async getReady() {
    try {
      await deps.pingDatabase();
    } catch (cause) {
      throw new DomainError(
        "vendor_unavailable",
        "The database does not respond.",
        { retryAfter: 5 },
        { cause },
      );
    }
    return { status: 200, body: { status: "ok" } };
  },
});
