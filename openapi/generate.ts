import { fileURLToPath } from "node:url";
import { createClient } from "@hey-api/openapi-ts";
import { bundle, formatProblems, lint, loadConfig } from "@redocly/openapi-core";
import { EMAIL_PATTERN } from "../domain/accounts/email_address.ts";
import { withCaching } from "./caching.ts";
import { type ContractDocument, entriesOf } from "./document.ts";
import { withFormOperations } from "./forms.ts";
import { withLimits } from "./limits.ts";
import { withScopes } from "./scopes.ts";
import { operationsIndex, operationsModule } from "./operations_module.ts";

const HERE = fileURLToPath(new URL("./", import.meta.url));
const OUTPUT = `${HERE}generated`;

/**
 * Generates everything that is derived from the contract into `directory`: in `server/` the document, types,
 * validators and routes, in `client/` the fetch client with its types, which depends on nothing of the server.
 */
async function generate(directory: string): Promise<void> {
  const config = await loadConfig({ configPath: `${HERE}redocly.yaml` });
  const ref = `${HERE}contract/openapi.yaml`;
  const problems = await lint({ ref, config });
  if (problems.length > 0) {
    formatProblems(problems, { totals: { errors: problems.length, warnings: 0, ignored: 0 }, version: "" });
    throw new Error(`The contract has ${problems.length} problem(s), named above.`);
  }
  const { bundle: { parsed } } = await bundle({ ref, config });
  const document = withScopes(withCaching(withLimits(parsed as ContractDocument)));
  const input = withEmailPattern(withFormOperations(document));
  const output = (folder: string) =>
    ({
      path: `${directory}/${folder}`,
      clean: true,
      entryFile: folder === "client",
      module: { extension: ".ts" },
    }) as const;
  const capabilities = await capabilitiesOf(document);
  await createClient([
    {
      input,
      output: output("server"),
      plugins: ["@hey-api/typescript"],
      logs: { level: "silent" },
    },
    {
      input,
      output: output("client"),
      plugins: ["@hey-api/typescript", "@hey-api/client-fetch", "@hey-api/sdk"],
      logs: { level: "silent" },
    },
    // Requests are validated on arrival. Responses are checked by the compiler, and by the tests against the document;
    // validators for them would only take time at every start. For the same reason each capability has its own, which
    // are loaded with its first request.
    ...[...capabilities].map(([capability, ids]) => ({
      input: requestsOf(input, ids),
      parser: { filters: { orphans: false } },
      output: output(`server/${capability}`),
      plugins: [{ name: "zod", compatibilityVersion: 4, responses: false } as const],
      logs: { level: "silent" } as const,
    })),
  ]);
  await Deno.writeTextFile(`${directory}/server/openapi.json`, JSON.stringify(document, null, 2) + "\n");
  await Deno.writeTextFile(`${directory}/server/operations.ts`, operationsIndex(document, capabilities));
  for (const [capability, ids] of capabilities) {
    const folder = `${directory}/server/${capability}`;
    await Deno.mkdir(folder, { recursive: true }); // a capability whose operations have no input has no validators
    await Deno.writeTextFile(`${folder}/operations.ts`, operationsModule(document, ids));
  }
}

/** Returns the ids of operations by capability, which is the file or folder of the contract that an operation is in. */
async function capabilitiesOf(document: ContractDocument): Promise<Map<string, Set<string>>> {
  const files = [...await contents(`${HERE}contract`)];
  const ids = entriesOf(document).map(({ operation }) => operation.operationId);
  const capabilityOf = (id: string) => {
    const [file] = files.find(([, text]) => new RegExp(`^ +operationId: ${id}$`, "m").test(text))!;
    return file.split("/")[0]!.replace(/\.yaml$/, "");
  };
  const sorted = Map.groupBy(ids, capabilityOf);
  return new Map([...sorted].sort().map(([capability, ids]) => [capability, new Set(ids)]));
}

/**
 * Returns the document for the generator of validators, with our own pattern for e-mail addresses: its own knows no
 * international domains. The routes normalise addresses before validation (values.ts).
 */
function withEmailPattern<Value>(value: Value): Value {
  if (Array.isArray(value)) return value.map(withEmailPattern) as Value;
  if (typeof value !== "object" || value === null) return value;
  if ("format" in value && value.format === "email") {
    const { format: _, ...others } = value;
    return { ...others, pattern: EMAIL_PATTERN } as Value;
  }
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key, withEmailPattern(inner)]),
  ) as Value;
}

/** Returns the document with the given operations only, and without their responses. */
function requestsOf(document: ContractDocument, ids: Set<string>): ContractDocument {
  const paths: ContractDocument["paths"] = {};
  for (const { path, method, operation } of entriesOf(document)) {
    if (!ids.has(operation.operationId)) continue;
    paths[path] = { ...paths[path], [method]: { ...operation, responses: { 204: { description: "" } } } };
  }
  return { ...document, paths, webhooks: undefined, components: { ...document.components, responses: {} } };
}

/** Returns the names of files whose content differs between two directories. */
async function differences(left: string, right: string): Promise<string[]> {
  const [a, b] = await Promise.all([contents(left), contents(right)]);
  return [...new Set([...a.keys(), ...b.keys()])].filter((name) => a.get(name) !== b.get(name)).sort();
}

async function contents(directory: string, prefix = ""): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  try {
    for await (const entry of Deno.readDir(`${directory}/${prefix}`)) {
      const name = prefix + entry.name;
      if (entry.isFile) files.set(name, await Deno.readTextFile(`${directory}/${name}`));
      else for (const [path, text] of await contents(directory, `${name}/`)) files.set(path, text);
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  return files;
}

if (Deno.args.includes("--check")) {
  const fresh = await Deno.makeTempDir({ prefix: "contract-" });
  await generate(fresh);
  const stale = await differences(OUTPUT, fresh);
  await Deno.remove(fresh, { recursive: true });
  if (stale.length > 0) {
    console.error(`Out of date: ${stale.join(", ")}. Run \`deno task generate\` and commit what it makes.`);
    Deno.exit(1);
  }
  console.log("Generated files are up to date.");
} else {
  await generate(OUTPUT);
  console.log("Generated openapi/generated from openapi/contract.");
}
Deno.exit(0); // the generator leaves handles open
