/** The parts of a bundled OpenAPI 3.1 document that this generator reads. */
export type ContractDocument = {
  security?: SecurityRequirement[];
  paths: Record<string, Record<string, Operation>>;
  components?: Record<string, Record<string, unknown>>;
  /** What the shop sends by itself. */
  webhooks?: Record<string, unknown>;
};
export type SecurityRequirement = Record<string, string[]>;
export type Reference = { $ref: string };
export type Operation = {
  operationId: string;
  security?: SecurityRequirement[];
  parameters?: (Parameter | Reference)[];
  requestBody?: { required?: boolean; content: Record<string, { schema: unknown }> };
  responses: Record<string, Response | Reference>;
  "x-raw-body"?: boolean;
  /** Why the operation need not look up whether the caller's session is still valid. Without it, every call does. */
  "x-token-suffices"?: string;
  /** The maximum size of a body in bytes, if the default limit is too low. */
  "x-max-body-bytes"?: number;
  /** Names of the limits that a call counts towards (`domain/limits/ports.ts`), or why there is none. */
  "x-limits"?: string[] | string;
  /** The scope that an API key needs for it. Without one, no key may be used. */
  "x-scope"?: string;
  /** The tags with which caches keep responses to requests without a token, or why none keeps them. */
  "x-cache"?: string[] | string;
};
export type Parameter = {
  name: string;
  in: "path" | "query" | "header";
  schema: { type?: string | string[] };
};
export type Response = { description: string; content?: Record<string, unknown> };

export const METHODS = ["get", "post", "put", "patch", "delete"];

export type Entry = { path: string; method: string; operation: Operation };

/** Returns all operations with their places. */
export function entriesOf(document: ContractDocument): Entry[] {
  return Object.entries(document.paths).flatMap(([path, item]) =>
    METHODS.filter((method) => method in item).map((method) => ({ path, method, operation: item[method]! }))
  );
}

/** Resolves a reference within the document; returns anything else unchanged. */
export function resolve<Target>(document: ContractDocument, value: Target | Reference): Target {
  if (typeof value !== "object" || value === null || !("$ref" in value)) return value as Target;
  const [, , kind, name] = value.$ref.split("/");
  const target = document.components?.[kind!]?.[name!];
  if (!target) throw new Error(`The contract refers to ${value.$ref}, which does not exist.`);
  return target as Target;
}

/** Returns whether an operation is open to anyone, takes a token if there is one, or requires one. */
export function accessOf(document: ContractDocument, operation: Operation): "open" | "optional" | "required" {
  const requirements = operation.security ?? document.security ?? [];
  if (requirements.length === 0) return "open";
  return requirements.some((requirement) => Object.keys(requirement).length === 0) ? "optional" : "required";
}
