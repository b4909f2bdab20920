import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import { frontendObjection } from "./frontend_shapes.ts";
import { ServerTrace } from "./server_trace.ts";
import document from "../../openapi/generated/server/openapi.json" with { type: "json" };

type Media = Record<string, { schema: object }>;
type Schema = {
  $ref?: string;
  type?: string;
  allOf?: Schema[];
  required?: string[];
  properties?: Record<string, object>;
};
type Operation = { operationId: string; responses: Record<string, { $ref?: string; content?: Media }> };

const paths = document.paths as unknown as Record<string, Record<string, Operation>>;
const sharedResponses = document.components.responses as unknown as Record<string, { content?: Media }>;
const schemas = document.components.schemas as unknown as Record<string, Schema>;
const ajv = new Ajv2020({ strict: false, allErrors: true });
addFormats.default(ajv);
ajv.addSchema({ $id: "contract", components: closed(document.components) });
const validators = new Map<object, ValidateFunction>();

/**
 * A fetch that holds every answer of the API against the contract: its status, its media type and its body, which may
 * have no property that the contract does not name; and against what the public frontend reads of it. What it throws
 * says what the server logged of the request. Other servers' answers pass unchecked.
 */
export function checkedFetch(
  apiUrl: string,
  fetch = globalThis.fetch,
  trace: ServerTrace = new ServerTrace([]),
): typeof globalThis.fetch {
  return async (input, init) => {
    const request = new Request(input, init);
    const response = await fetch(request);
    if (request.url.startsWith(apiUrl)) {
      // Deno 2.9: a clone made before the headers were read has none.
      const type = response.headers.get("content-type")?.split(";")[0] ?? "";
      const requestId = response.headers.get("x-request-id");
      const text = await response.clone().text();
      trace.note(request, response.status, text);
      try {
        check(request, response.status, type, text);
      } catch (error) {
        throw new Error((error as Error).message + trace.logOf(requestId));
      }
    }
    return response;
  };
}

function check(request: Request, status: number, type: string, text: string): void {
  const { pathname } = new URL(request.url);
  const operation = operationOf(pathname, request.method);
  if (!operation) return;
  const what = `${request.method} ${pathname} answered ${status}`;
  const declared = operation.responses[status];
  if (!declared) throw new Error(`${what}, which the contract lacks: ${text}`);
  const { content = {} } = declared.$ref ? sharedResponses[declared.$ref.split("/").at(-1)!]! : declared;
  if (Object.keys(content).length === 0 && text === "") return;
  const media = content[type];
  if (!media) throw new Error(`${what} as ${type}, not as ${Object.keys(content).join(" or ")}`);
  if (!type.endsWith("json")) return;
  const validate = validatorOf(media.schema);
  const body = JSON.parse(text);
  if (!validate(body)) {
    throw new Error(`${what} with ${ajv.errorsText(validate.errors)}: ${text}`);
  }
  const objection = status < 300 ? frontendObjection(operation.operationId, body) : null;
  if (objection) throw new Error(`${what} as the frontend cannot show it: ${objection} in ${text}`);
}

function operationOf(pathname: string, method: string): Operation | undefined {
  const wanted = pathname.replace(/\/$/, "");
  const exact = Object.keys(paths).find((path) => path.replace(/\/$/, "") === wanted);
  const path = exact ?? Object.keys(paths).find((path) => {
    const pattern = path.replace(/\/$/, "").replace(/\{\w+\}/g, "[^/]+");
    return new RegExp(`^${pattern}$`).test(wanted);
  });
  return path === undefined ? undefined : paths[path]![method.toLowerCase()];
}

function validatorOf(schema: object): ValidateFunction {
  let validate = validators.get(schema);
  if (!validate) validators.set(schema, validate = ajv.compile(closed(schema)));
  return validate;
}

/**
 * The schema with every object closed to unnamed properties, and its references led to the contract's components. What an
 * object is put together from (`allOf`) becomes one object, for each part alone would refuse the others' properties.
 */
function closed<Value>(value: Value): Value {
  if (Array.isArray(value)) return value.map(closed) as Value;
  if (typeof value !== "object" || value === null) return value;
  if ("allOf" in value) return closed(merged(value as Schema)) as Value;
  const entries = Object.entries(value).map(([key, inner]) =>
    key === "$ref" ? [key, `contract${inner}`] : [key, closed(inner)]
  );
  const copy = Object.fromEntries(entries);
  if ("properties" in copy && !("additionalProperties" in copy)) copy.additionalProperties = false;
  return copy;
}

function merged(schema: Schema): Schema {
  const resolved = schema.$ref ? schemas[schema.$ref.split("/").at(-1)!]! : schema;
  const { allOf = [], ...own } = resolved;
  const parts = [own, ...allOf.map(merged)];
  return {
    ...own,
    type: "object",
    required: parts.flatMap(({ required = [] }) => required),
    properties: Object.assign({}, ...parts.map(({ properties }) => properties)),
  };
}
