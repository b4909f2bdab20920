import { capabilities } from "../../openapi/generated/server/operations.ts";
import type { AllOf } from "../../domain/needs.ts";
import type { Capability, CapabilityHandlers, Handlers } from "../../routes/http/contract_app.ts";

type Loaded = AllOf<Awaited<ReturnType<(typeof capabilities)[Capability]>>>;

/** All operations of the contract. */
export const operations: Loaded = Object.assign(
  {},
  ...await Promise.all(Object.values(capabilities).map((load) => load())),
);

/** Returns the handlers of all operations as the app takes them, by capability. */
export const byCapability = (handlers: Handlers): CapabilityHandlers =>
  Object.fromEntries(
    Object.keys(capabilities).map((name) => [name, () => Promise.resolve(handlers)]),
  ) as unknown as CapabilityHandlers;
