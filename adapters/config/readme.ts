// `deno task config:readme`: writes this folder's README.md from the code that reads the variables.
import { GROUPS, type VariableName } from "./descriptions.ts";
import { readConfig } from "./read_config.ts";
import { ConfigError } from "./variables.ts";

const TRANSPORTS = ["smtp", "sendgrid", "mailgun", "console"];
/** The line width of the repository, in columns. */
const WIDTH = 110;

/** The mail transports that require a variable, and its defaults. */
type Reading = { required: Set<string>; defaults: Set<string> };

/** Returns how `readConfig` reads each variable in production. */
export function readings(): Map<VariableName, Reading> {
  const found = new Map<VariableName, Reading>();
  for (const transport of TRANSPORTS) {
    const optional = new Set<VariableName>();
    const env = { EMAIL_TRANSPORT: transport, EMAIL_HOST_USER: "shop@example.com" };
    try {
      readConfig(env, (name, fallback) => {
        const reading = found.get(name) ?? { required: new Set(), defaults: new Set() };
        found.set(name, reading);
        if (fallback === "") optional.add(name);
        else if (fallback !== null) reading.defaults.add(fallback);
        else if (!optional.has(name)) reading.required.add(transport);
      });
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error; // variables are missing on purpose
    }
  }
  return found;
}

/** Returns the text of README.md, before `deno fmt` wraps its lines. Throws if a row of a table is too wide. */
export function configReadme(): string {
  const found = readings();
  const groups = Object.entries(GROUPS).map(([title, { variables, notes }]) => {
    const rows = (Object.entries(variables) as [VariableName, string | readonly [string, string]][])
      .map(([name, description]) => rowOf(name, description, found.get(name)))
      .toSorted((a, b) => Number(b.isRequired) - Number(a.isRequired));
    return [`## ${title}`, table(rows), ...notes].join("\n\n");
  });
  return [INTRODUCTION, ...groups].join("\n\n") + "\n";
}

const INTRODUCTION =
  `<!-- Written by \`deno task config:readme\` from descriptions.ts and read_config.ts. Do not edit. -->

# Configuration

Everything comes from environment variables. In production the shop does not start if a variable is missing
or malformed: one line names every variable at fault, and never a value. An empty variable counts as not set.

To add a variable: read it in \`adapters/config/read_config.ts\` (or \`email.ts\`, \`limits.ts\`), give it a place in
\`config.ts\` and a line in \`descriptions.ts\`, and run \`deno task config:readme\`. A variable without a description
does not compile. \`tests/adapters/config_readme_test.ts\` names a description that nothing reads, and fails while
this file is stale. How to run the shop with these variables is in [deploy.md](deploy.md).`;

type Row = { name: string; text: string; isRequired: boolean };

function rowOf(
  name: VariableName,
  description: string | readonly [string, string],
  reading: Reading | undefined,
): Row {
  const isRequired = reading?.required.size === TRANSPORTS.length;
  const [text, unset] = typeof description === "string" ? [description, unsetOf(reading)] : description;
  const words = isRequired ? ["**Required.**", text] : [text, unset];
  return { name: `\`${name}\``, text: words.filter(Boolean).join(" "), isRequired };
}

function unsetOf(reading: Reading | undefined): string {
  if (!reading) return "";
  const { required, defaults } = reading;
  const transports = (names: Set<string>) => [...names].map((name) => `\`${name}\``).join(", ");
  if (required.size > 0 && required.size < TRANSPORTS.length) return `Required with ${transports(required)}.`;
  return defaults.size > 0 ? `Default \`${[...defaults].join("` or `")}\`.` : "";
}

/** Writes a table in the format of `deno fmt`. */
function table(rows: Row[]): string {
  const cells = [["variable", "what it is"], ...rows.map(({ name, text }) => [name, text])];
  const widths = [0, 1].map((column) => Math.max(...cells.map((row) => row[column]!.length)));
  const line = (row: string[]) =>
    `| ${row.map((cell, column) => cell.padEnd(widths[column]!)).join(" | ")} |`;
  const wide = rows.filter(({ text }) => widths[0]! + text.length + 7 > WIDTH);
  if (wide.length > 0) throw new Error(`Too wide: ${wide.map(({ name }) => name).join(", ")}`);
  const [head, ...body] = cells.map(line);
  return [head, `| ${widths.map((width) => "-".repeat(width)).join(" | ")} |`, ...body].join("\n");
}

if (import.meta.main) {
  await Deno.writeTextFile(new URL("README.md", import.meta.url), configReadme());
}
