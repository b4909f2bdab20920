import document from "../../openapi/generated/server/openapi.json" with { type: "json" };

/** What the tests read of a schema of the contract. */
export type Schema = {
  $ref?: string;
  type?: string | string[];
  format?: string;
  enum?: unknown[];
  pattern?: string;
  minimum?: number;
  maxLength?: number;
  items?: Schema;
  properties?: Record<string, Schema>;
  allOf?: Schema[];
};
type Operation = { operationId: string; requestBody?: { content: Record<string, { schema: Schema }> } };

const schemas = document.components.schemas as unknown as Record<string, Schema>;

/**
 * The properties that each operation's body may have, in JSON or in a form, by operation; those without a body have
 * none.
 */
export function bodiesOfOperations(): Record<string, Record<string, Schema>> {
  const operations = Object.values(document.paths as unknown as Record<string, Record<string, Operation>>)
    .flatMap((item) => Object.values(item));
  return Object.fromEntries(operations.map(({ operationId, requestBody }) => {
    const contents = Object.values(requestBody?.content ?? {});
    return [operationId, Object.assign({}, ...contents.map(({ schema }) => propertiesOf(schema)))];
  }));
}

/** The properties of a schema, those that it is put together from included. */
export function propertiesOf(schema: Schema): Record<string, Schema> {
  const { properties = {}, allOf = [] } = resolved(schema);
  return Object.assign({}, properties, ...allOf.map(propertiesOf));
}

/**
 * A value that the schema allows; another one for each `turn`. Undefined where the schema does not tell enough, as with a
 * pattern, an id or a file.
 */
export function sampleOf(schema: Schema, name: string, turn: number): unknown {
  const { type = [], format, enum: choices, pattern, minimum = 0, maxLength = 1000, items } = resolved(
    schema,
  );
  const kinds = [type].flat();
  if (choices) return choices.filter((choice) => choice !== "")[turn % choices.length];
  if (kinds.includes("boolean")) return turn % 2 === 1;
  if (kinds.includes("integer") || kinds.includes("number")) return minimum + turn;
  if (kinds.includes("array") && items) {
    const item = sampleOf(items, name, turn);
    return item === undefined ? undefined : [item];
  }
  if (!kinds.includes("string")) return undefined;
  if (format === "date-time") return `2031-01-0${turn}T00:00:00.000Z`;
  const text = `${name} ${turn}`.slice(0, maxLength);
  const fits = format === undefined && (pattern === undefined || new RegExp(pattern, "u").test(text));
  return fits ? text : undefined;
}

/** Whether people write text of their own there, or a list of texts. */
export function isText(schema: Schema): boolean {
  const { type = [], format, enum: choices, items } = resolved(schema);
  if (items) return isText(items);
  return [type].flat().includes("string") && format === undefined && !choices;
}

function resolved(schema: Schema): Schema {
  return schema.$ref ? resolved(schemas[schema.$ref.split("/").at(-1)!]!) : schema;
}
