import assert from "node:assert/strict";
import ts from "typescript";
import { operations } from "./support/operations.ts";
import { codeIn, ROOT } from "./support/code.ts";

type Import = { file: string; target: string };

/** Every import of the code in a folder; files of ours as paths from the root, packages by name. */
async function importsOf(folder: string): Promise<Import[]> {
  const imports: Import[] = [];
  for await (const file of codeIn(folder)) {
    const { importedFiles } = ts.preProcessFile(await Deno.readTextFile(ROOT + file), true, true);
    for (const { fileName } of importedFiles) {
      const target = fileName.startsWith(".")
        ? new URL(fileName, `file:///${file}`).pathname.slice(1)
        : fileName;
      imports.push({ file, target });
    }
  }
  return imports;
}

const offenders = (imports: Import[], isAllowed: (entry: Import) => boolean) =>
  imports.filter((entry) => !isAllowed(entry)).map(({ file, target }) => `${file} imports ${target}`);
const isOurs = (target: string) =>
  /^(domain|routes|openapi|adapters|migrations|tests|main\.ts)\b/.test(target);

Deno.test("the domain imports itself only", async () => {
  const imports = await importsOf("domain");
  assert.ok(imports.length > 30);
  assert.deepEqual(offenders(imports, ({ target }) => target.startsWith("domain/")), []);
});

Deno.test("the domain knows no clock, randomness, environment or network", async () => {
  for await (const file of codeIn("domain")) {
    const text = await Deno.readTextFile(ROOT + file);
    const found = text.match(
      /\bDeno\.|Date\.now|new Date\(\)|Math\.random|crypto\.|process\.|\bfetch\(|setTimeout/,
    );
    assert.equal(found, null, `${file} has ${found?.[0]}`);
  }
});

Deno.test("the routes import the domain and the contract, and no adapter", async () => {
  const allowed = /^(routes|domain|openapi\/generated)\//;
  assert.deepEqual(
    offenders(await importsOf("routes"), ({ target }) => !isOurs(target) || allowed.test(target)),
    [],
  );
});

Deno.test("the contract's toolchain imports itself, and the domain's kinds of values", async () => {
  const allowed = /^openapi\/|^domain\/(moment|reference|text|accounts\/email_address)\.ts$/;
  assert.deepEqual(
    offenders(await importsOf("openapi"), ({ target }) => !isOurs(target) || allowed.test(target)),
    [],
  );
});

Deno.test("texts, timestamps, ids and addresses are each normalised in one place", async () => {
  const places: [what: string, pattern: RegExp, where: RegExp][] = [
    [
      "a text",
      /\.normalize\(|\.trim\(\)/,
      /^domain\/(text|money|orders\/receipt_number|checkout\/quote_purchase|accounts\/(email_address|password_rule))\.ts$|^routes\/(http\/(caching|contract_app|transport)|access\/csv|wire\/(duration|courses))\.ts$/,
    ],
    [
      "a moment",
      /new Date\((?!\)|`\$\{isoDay|.*getTime\(\)|\w+ \* 1000)/,
      /^domain\/moment\.ts$|^routes\/http\/moments\.ts$/,
    ],
    ["an address", /[eE]mail\w*\.toLowerCase|lower\(\$\{(email|student|user)/, /^$/],
    ["an id", /\b(id|slugOrId|\w+Id)\.toLowerCase/, /^$/],
  ];
  for (const folder of ["domain", "routes"]) {
    for await (const file of codeIn(folder)) {
      const code = await Deno.readTextFile(ROOT + file);
      for (const [what, pattern, where] of places) {
        const found = where.test(file) ? null : code.match(pattern);
        assert.equal(found, null, `${file} spells ${what} in its own way: ${found?.[0]}`);
      }
    }
  }
});

Deno.test("an adapter imports ports, its own folder, shared modules, and the shape of its database", async () => {
  const shared =
    /^domain\/((?:[a-z_]+\/){1,2}(?:ports|evidence)|errors|jobs|lazily|money|clock|range|transaction|uuid)\.ts$|^adapters\/(config\/config|postgres\/queries|turns|webhook_json|in_time|timed|masked|cursor|marks)\.ts$/;
  const imports = (await importsOf("adapters")).filter(({ file }) =>
    !/^adapters\/(sandbox|command_line|composition)\//.test(file)
  );
  const isOwn = ({ file, target }: Import) => target.startsWith(file.split("/").slice(0, 2).join("/") + "/");
  assert.deepEqual(
    offenders(imports, (entry) => !isOurs(entry.target) || shared.test(entry.target) || isOwn(entry)),
    [],
  );
});

Deno.test("one rule decides who may author: nothing else checks whether somebody teaches a course", async () => {
  // A purchase is refused to those who watch for nothing, and the explanation of access says why.
  const others = [
    "domain/authoring/rights.ts",
    "domain/checkout/quote_purchase.ts",
    "domain/access/explain_access.ts",
  ];
  for await (const file of codeIn("domain")) {
    if (others.includes(file)) continue;
    const judging = (await Deno.readTextFile(ROOT + file)).split("\n").filter((line) =>
      /\.(viewerTeaches|callerTeaches|isTaught|teaches)\b/.test(line) && !line.includes("mayAuthor(")
    );
    assert.deepEqual(judging, [], `${file}: ask mayAuthor or requireAuthor (domain/authoring/rights.ts)`);
  }
});

Deno.test("the stores use `teaches`: being among a course's tutors is not enough without role and account", async () => {
  // They keep the list of tutors, copy it, show it, share money by it, or find courses by it.
  const others = [
    "accounts/personal_tables/teaching.ts",
    "accounts/tutors.ts",
    "authoring/authoring.ts",
    "authoring/copy_course.ts",
    "authoring/teachers.ts",
    "catalog/course_columns.ts",
    "catalog/course_search.ts",
    "notifications/tutor_digests.ts",
    "statistics/earnings.ts",
    "statistics/statistics.ts",
    "playback/lessons.ts",
    "queries.ts",
  ].map((file) => `adapters/postgres/${file}`);
  const asking: string[] = [];
  for await (const file of codeIn("adapters/postgres")) {
    if ((await Deno.readTextFile(ROOT + file)).includes("course_tutors")) asking.push(file);
  }
  assert.deepEqual(asking.sort(), others.sort());
});

Deno.test("no SQL uses the start of its transaction as the time, which may be before it got its locks", async () => {
  const rule = "adapters/postgres/queries.ts";
  const found: string[] = [];
  for await (const file of codeIn("adapters/postgres")) {
    if (file === rule) continue;
    const text = (await Deno.readTextFile(ROOT + file)).replaceAll(/\b(Date|performance)\.now\(\)/g, "");
    const old = text.match(/\bnow\(\)|\bcurrent_timestamp\b|\btransaction_timestamp\b|\bcurrent_date\b/i);
    if (old) found.push(`${file} has ${old[0]}`);
  }
  assert.deepEqual(found, [], `say statement_timestamp() or clock_timestamp(), as ${rule} has it`);
});

Deno.test("the domain's imports have no cycles", async () => {
  const targets = Map.groupBy(await importsOf("domain"), ({ file }) => file);
  const done = new Set<string>();
  const follow = (file: string, path: string[]) => {
    const begin = path.indexOf(file);
    assert.equal(begin, -1, `a circle: ${[...path.slice(begin), file].join(" -> ")}`);
    if (done.has(file)) return;
    for (const { target } of targets.get(file) ?? []) follow(target, [...path, file]);
    done.add(file);
  };
  for (const file of targets.keys()) follow(file, []);
});

/** What stands beside the capabilities in a tree that is cut by them. */
const NO_CAPABILITIES: Record<string, Record<string, string>> = {
  "adapters/postgres": {},
  "openapi/contract": { openapi: "lists all paths", shared: "what several capabilities refer to" },
  routes: {
    docs: "the contract itself, for people",
    http: "what all operations share",
    jobs: "from every kind of job to its use case",
    shop_routes: "all routers together",
    wire: "how several operations show one thing",
  },
  "tests/adapters/postgres": {},
  "tests/domain": { money: "domain/money.ts" },
  "tests/routes": {
    authorization: "the table of all operations",
    frontend: "what the frontend does, from page to page",
    http: "what routes/http does for all operations",
    query_counts: "statements per request, of many operations",
    query_counts_creator: "the same of those for tutors",
  },
  "tests/routes/authorization": { table: "what its rows are made of" },
};

Deno.test("every tree uses the names of the domain's capabilities", () => {
  const capabilities = entriesOf("domain").filter(({ isDirectory }) => isDirectory).map(({ name }) => name);
  const strangers: string[] = [];
  for (const [tree, others] of Object.entries(NO_CAPABILITIES)) {
    const names = entriesOf(tree)
      // What all stores share lies beside their folders.
      .filter(({ name, isDirectory }) => isDirectory || !tree.endsWith("postgres") && name !== "README.md")
      .map(({ name }) => name.replace(/(_test)?\.\w+$/, ""));
    strangers.push(
      ...names.filter((name) => !capabilities.includes(name) && !(name in others)).map((name) =>
        `${tree}/${name}`
      ),
    );
    const gone = Object.keys(others).filter((name) => !names.includes(name) || capabilities.includes(name));
    assert.deepEqual(gone, [], `NO_CAPABILITIES excuses these in ${tree}`);
  }
  assert.deepEqual(strangers, [], `not among the capabilities, which are ${capabilities.sort().join(", ")}`);
});

Deno.test("an operation has its contract, its handler and its authorization row under one name", async () => {
  const homes: [operation: string, place: string][] = [];
  for await (const file of filesIn("openapi/contract")) {
    const text = await Deno.readTextFile(ROOT + file);
    const place = file.slice("openapi/contract/".length).replace(/\.yaml$/, "");
    if (place === "webhooks/events") continue; // what the shop sends, not what it serves
    for (const [, id] of text.matchAll(/^ +operationId: (\w+)$/gm)) homes.push([id!, place]);
  }
  assert.deepEqual(homes.map(([id]) => id).sort(), Object.keys(operations).sort());
  const handlers = await keysByFile("routes", "Handlers");
  const rows = await keysByFile("tests/routes/authorization", "Rows");
  const misplaced: string[] = [];
  for (const [id, place] of homes) {
    const capability = place.split("/")[0];
    const expected = {
      "its handler": [handlers, `routes/${place}.ts`],
      "its row": [rows, `tests/routes/authorization/${capability}.ts`],
    } as const;
    for (const [what, [found, file]] of Object.entries(expected)) {
      const files = [...found].filter(([, keys]) => keys.has(id)).map(([file]) => file);
      if (files.join() !== file) {
        const contract = `openapi/contract/${place}.yaml`;
        misplaced.push(
          `${id} is in ${contract}: ${what} belongs into ${file}, not ${files.join() || "nowhere"}`,
        );
      }
    }
  }
  assert.deepEqual(misplaced, []);
});

const entriesOf = (folder: string) => [...Deno.readDirSync(ROOT + folder)];

/** Every file in a folder and below it, as a path from the root. */
async function* filesIn(folder: string): AsyncGenerator<string> {
  for (const { name, isDirectory } of entriesOf(folder)) {
    if (isDirectory) yield* filesIn(`${folder}/${name}`);
    else yield `${folder}/${name}`;
  }
}

/** By file: the operations that it gives something to, in objects whose declared type is `type<"operation" | …>`. */
async function keysByFile(folder: string, type: string): Promise<Map<string, Set<string>>> {
  const found = new Map<string, Set<string>>();
  for await (const file of codeIn(folder)) {
    const text = await Deno.readTextFile(ROOT + file);
    const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
    const keys = new Set<string>();
    const aliases = new Map<string, ts.TypeNode>();
    const visit = (node: ts.Node): void => {
      if (ts.isTypeAliasDeclaration(node)) aliases.set(node.name.text, node.type);
      if (ts.isTypeReferenceNode(node) && node.typeName.getText() === type) {
        for (const argument of node.typeArguments ?? []) literals(argument);
      }
      ts.forEachChild(node, visit);
    };
    const literals = (node: ts.TypeNode): void => {
      if (ts.isUnionTypeNode(node)) node.types.forEach(literals);
      else if (ts.isLiteralTypeNode(node) && ts.isStringLiteral(node.literal)) keys.add(node.literal.text);
      else if (ts.isTypeReferenceNode(node)) {
        const alias = aliases.get(node.typeName.getText());
        if (alias) literals(alias);
      }
    };
    visit(source);
    if (keys.size > 0) found.set(file, keys);
  }
  return found;
}

Deno.test("code shared by routes imports no route", async () => {
  const shared = /^(routes\/(http|wire)|domain|openapi\/generated)\//;
  const imports = [...await importsOf("routes/http"), ...await importsOf("routes/wire")];
  assert.deepEqual(offenders(imports, ({ target }) => !isOurs(target) || shared.test(target)), []);
});

Deno.test("the code that describes the schema imports only the database adapter", async () => {
  const allowed = /^(migrations|adapters\/postgres)\/|^adapters\/sandbox\/embedded_postgres\.ts$/;
  assert.deepEqual(
    offenders(await importsOf("migrations"), ({ target }) => !isOurs(target) || allowed.test(target)),
    [],
  );
});

Deno.test("the command line imports the domain, as the routes do, and no other adapter", async () => {
  const allowed = /^(domain|adapters\/command_line)\//;
  assert.deepEqual(
    offenders(
      await importsOf("adapters/command_line"),
      ({ target }) => !isOurs(target) || allowed.test(target),
    ),
    [],
  );
});

Deno.test("only main.ts, development and tests import the composition", async () => {
  const imports = [
    ...await importsOf("adapters"),
    ...await importsOf("domain"),
    ...await importsOf("routes"),
  ];
  assert.deepEqual(
    offenders(imports, ({ file, target }) =>
      !/^(main\.ts|adapters\/composition\/)/.test(target) ||
      /^adapters\/(composition\/|sandbox\/(start\.ts|sample\/))/.test(file)),
    [],
  );
});

Deno.test("a stand-in imports nothing of the product", async () => {
  const stands = (await importsOf("adapters/sandbox")).filter(({ file }) =>
    !/sandbox\/(start\.ts|sample\/)/.test(file)
  );
  assert.deepEqual(
    offenders(stands, ({ target }) => !isOurs(target) || target.startsWith("adapters/sandbox/")),
    [],
  );
});

Deno.test("production code does not contain the sandbox", async () => {
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["info", "--json", "main.ts"],
    cwd: ROOT,
  }).output();
  const { modules } = JSON.parse(new TextDecoder().decode(stdout)) as { modules: { specifier: string }[] };
  const files = modules.map(({ specifier }) => specifier);
  assert.ok(files.some((file) => file.endsWith("/routes/checkout.ts")));
  assert.deepEqual(
    files.filter((file) => /sandbox|pglite|smtp-server|selfsigned|node:sqlite/.test(file)),
    [],
  );
});

Deno.test("no code reads forms with the runtime's parser, which splits file names at ; and =", async () => {
  for (const folder of ["adapters", "domain", "routes"]) {
    for await (const file of codeIn(folder)) {
      const found = (await Deno.readTextFile(ROOT + file)).match(/\.(?:formData|parseBody)\(/);
      assert.equal(found, null, `${file} has ${found?.[0]}: use routes/http/form.ts`);
    }
  }
});

Deno.test("request bodies are read only where their size and time are limited", async () => {
  for (const folder of ["routes", "domain"]) {
    for await (const file of codeIn(folder)) {
      const found = (await Deno.readTextFile(ROOT + file)).match(
        /\breq\.(?:text|json|arrayBuffer|blob|raw\.(?:text|json|arrayBuffer|blob|bytes|body))\b/,
      );
      assert.equal(found, null, `${file} has ${found?.[0]}: use routes/http/request_body.ts`);
    }
  }
});

Deno.test("no file path is taken from a URL's pathname, which is not decoded", async () => {
  const offending =
    /import\.meta\.(url|resolve\([^)]*\))\s*\)\s*\.pathname|new URL\(\s*[`"]file:\/\/[$\w]|\$\{import\.meta\.url/;
  const files = ["main.ts"];
  for (const folder of ["adapters", "domain", "migrations", "openapi", "routes", "tests"]) {
    for await (const file of codeIn(folder)) files.push(file);
  }
  const found = [];
  for (const file of files) if (offending.test(await Deno.readTextFile(ROOT + file))) found.push(file);
  assert.deepEqual(found, [], "use fileURLToPath and pathToFileURL of node:url");
});

Deno.test("the pool makes every connection to the database", async () => {
  const files = [];
  for (const folder of ["adapters", "tests"]) {
    for await (const file of codeIn(folder)) {
      if (/\bpostgres\(/.test(await Deno.readTextFile(ROOT + file))) files.push(file);
    }
  }
  assert.deepEqual(files.sort(), [
    "adapters/postgres/connection.ts", // makes statements, and never connects
    "adapters/postgres/exclusive_client.ts",
    "tests/bench/bare_query.ts", // what it is compared with
    "tests/bench/bare_server.ts", // likewise
  ]);
});
