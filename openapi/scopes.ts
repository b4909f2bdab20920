import { limitsOf } from "./limits.ts";
import { accessOf, type ContractDocument, entriesOf } from "./document.ts";

const SCHEME = "apiKey";
/** What each call with a key counts towards. */
const LIMIT = "call_of_key";
const API_KEY = {
  type: "http",
  scheme: "bearer",
  bearerFormat: "11t_live_…",
  description: "A key of `POST /api/auth/api-keys/` with the scope that the operation names.",
};

const FORBIDDEN = { $ref: "#/components/responses/Forbidden" };
const TOO_MANY = { $ref: "#/components/responses/TooManyRequests" };

/**
 * Lets callers of an operation with a scope use an API key: adds it to the ways to authenticate, with the scope,
 * and the responses to keys that lack it or are used too often. Throws for a scope that `ApiScope` lacks, and for an
 * operation that looks at nobody's token.
 */
export function withScopes(document: ContractDocument): ContractDocument {
  const known = (document.components!.schemas!.ApiScope as { enum: string[] }).enum;
  document.components!.securitySchemes![SCHEME] = API_KEY;
  for (const { operation } of entriesOf(document)) {
    const { operationId, "x-scope": scope } = operation;
    if (accessOf(document, operation) !== "open") operation.responses["403"] ??= FORBIDDEN;
    if (scope === undefined) continue;
    if (!known.includes(scope)) throw new Error(`${operationId}: x-scope is one of ${known.join(", ")}.`);
    if (accessOf(document, operation) === "open") {
      throw new Error(`${operationId}: x-scope is for operations that look at a token.`);
    }
    operation.security = [...operation.security ?? document.security ?? [], { [SCHEME]: [scope] }];
    operation["x-limits"] = [...limitsOf(operation), LIMIT];
    operation.responses["429"] ??= TOO_MANY;
  }
  return document;
}
