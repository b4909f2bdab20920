/** The number that a query value spells; anything else as it is, for the schema to refuse. */
export function numberFromText(value: unknown): unknown {
  return typeof value === "string" && value.trim() !== "" && Number.isFinite(Number(value))
    ? Number(value)
    : value;
}

/** The boolean that a query value spells as true/false or 1/0; anything else as it is, for the schema to refuse. */
export function booleanFromText(value: unknown): unknown {
  if (value === "true" || value === "1") return true;
  return value === "false" || value === "0" ? false : value;
}
