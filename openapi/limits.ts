import { type ContractDocument, METHODS, type Operation } from "./document.ts";

const TOO_MANY = { $ref: "#/components/responses/TooManyRequests" };

/** Returns the names of the limits that an operation counts towards. */
export function limitsOf({ "x-limits": limits }: Operation): string[] {
  return Array.isArray(limits) ? limits : [];
}

/**
 * Adds a 429 response to every operation with limits. Throws if an operation that changes something, or that calls a
 * service (it has a 503 response), declares neither limits nor a reason to have none.
 */
export function withLimits(document: ContractDocument): ContractDocument {
  for (const item of Object.values(document.paths)) {
    for (const method of METHODS.filter((method) => method in item)) {
      const operation = item[method]!;
      const isCheap = method === "get" && !("503" in operation.responses);
      if (operation["x-limits"] === undefined && !isCheap) {
        throw new Error(
          `${operation.operationId}: say under x-limits what limits its use, or why nothing does.`,
        );
      }
      if (limitsOf(operation).length > 0) operation.responses["429"] ??= TOO_MANY;
    }
  }
  return document;
}
