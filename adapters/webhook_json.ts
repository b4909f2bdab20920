import { z } from "zod";
import { DomainError } from "../domain/errors.ts";

/** The maximum nesting of lists and objects; vendors' events have fewer than twenty levels. */
const MAX_DEPTH = 100;

/**
 * Parses the body of a vendor's event with a schema. A vendor, or a person who knows the secret, may send anything.
 * Throws DomainError `invalid_input` for a body that is not JSON, is nested too deeply, has text that the database
 * cannot store (NUL, unpaired surrogates), or has another shape.
 */
export function readWebhookJson<Shape>(body: string, schema: z.ZodType<Shape>): Shape {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    throw refusal("The body is not valid JSON.");
  }
  requireStorable(value);
  const shaped = schema.safeParse(value);
  if (!shaped.success) {
    throw refusal(
      `This event does not have the expected shape: ${z.prettifyError(shaped.error).slice(0, 500)}`,
    );
  }
  return shaped.data;
}

/** Throws for values that cannot be stored. Walks without recursion, because the depth is unknown. */
function requireStorable(root: unknown): void {
  const open: { value: unknown; depth: number }[] = [{ value: root, depth: 0 }];
  for (let next = open.pop(); next; next = open.pop()) {
    const { value, depth } = next;
    if (depth > MAX_DEPTH) throw refusal("The body is nested too deeply.");
    if (typeof value === "string") {
      if (value.includes("\0") || !value.isWellFormed()) {
        throw refusal("The body contains the character NUL, or an incomplete one (an unpaired surrogate).");
      }
    } else if (typeof value === "object" && value !== null) {
      for (const [key, inner] of Object.entries(value)) {
        open.push({ value: key, depth }, { value: inner, depth: depth + 1 });
      }
    }
  }
}

const refusal = (detail: string) => new DomainError("invalid_input", detail);
