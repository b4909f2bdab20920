/** Files that are loaded together. */
const PER_GROUP = 16;

/** Those that run long by themselves or wait for processes that they start. */
const ALONE = [
  "tests/settlement/event_histories_test.ts",
  "tests/settlement/shop_histories_test.ts",
  "tests/settlement/crash_test.ts",
  "tests/settlement/burst_test.ts",
  "tests/browser/",
  "tests/processes/",
  "tests/adapters/store_picture_test.ts",
];

/**
 * Writes modules that each load some test files, and returns what the whole suite consists of, in order: files that
 * go alone, and those modules. A thread that runs tests loads the shop and its vendors anew, which takes two seconds:
 * too long for each of 130 files. Those of whole shops come before those of pure rules, so that both threads end at
 * about the same time.
 */
export async function groupTests(directory: string): Promise<{ alone: string[]; groups: string[] }> {
  const files = await testFiles("tests");
  const isAlone = (file: string) => ALONE.some((path) => file.startsWith(path));
  const together = files.filter((file) => !isAlone(file)).reverse();
  const groups: string[] = [];
  for (let start = 0; start < together.length; start += PER_GROUP) {
    const name = `${directory}/group_${String(start / PER_GROUP).padStart(2, "0")}_test.ts`;
    const imports = together.slice(start, start + PER_GROUP).map((file) =>
      `import ${JSON.stringify(new URL(`../../${file}`, import.meta.url).href)};\n`
    );
    await Deno.writeTextFile(name, imports.join(""));
    groups.push(name);
  }
  return { alone: files.filter(isAlone), groups };
}

/** Paths from the project's root, sorted. */
async function testFiles(folder: string): Promise<string[]> {
  const files: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(new URL(`../../${folder}`, import.meta.url))) {
    if (isDirectory) files.push(...await testFiles(`${folder}/${name}`));
    else if (/_test\.tsx?$/.test(name)) files.push(`${folder}/${name}`);
  }
  return files.sort();
}
