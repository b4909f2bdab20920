import type { KeyedRequest } from "../../domain/keyed/ports.ts";
import type { ContractRequest, OperationId } from "./contract_app.ts";

/** The parts of a request that are compared by its Idempotency-Key. */
type Keyed<Id extends OperationId> = Pick<ContractRequest<Id>, "caller" | "params" | "body" | "header">;

/** Describes a request for the comparison by its Idempotency-Key. Returns null if it has none. */
export function keyedRequest<Id extends OperationId>(
  operation: Id,
  { caller, params, body, header }: Keyed<Id> & { caller: { id: string } },
): KeyedRequest | null {
  const key = header("idempotency-key");
  if (key === null) return null;
  const target = Object.values(params as Record<string, string>).join("/").toLowerCase();
  return { callerId: caller.id, operation, target, key, content: writtenAlike(body) };
}

/** Writes JSON with the fields of objects in a canonical order. */
function writtenAlike(value: unknown): string {
  return JSON.stringify(
    value,
    (_, part) =>
      part !== null && typeof part === "object" && !Array.isArray(part)
        ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => a < b ? -1 : 1))
        : part,
  );
}
