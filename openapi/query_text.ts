/** Parses a number from a query value; returns anything else unchanged, for the schema to refuse. */
export function numberFromText(value: unknown): unknown {
  return typeof value === "string" && value.trim() !== "" && Number.isFinite(Number(value))
    ? Number(value)
    : value;
}

/**
 * Parses a boolean from a query value (true/false or 1/0); returns anything else unchanged, for the schema to refuse.
 */
export function booleanFromText(value: unknown): unknown {
  if (value === "true" || value === "1") return true;
  return value === "false" || value === "0" ? false : value;
}
