import { fileURLToPath } from "node:url";

/** The repository's folder. */
export const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** Every file of TypeScript in a folder, as a path from the root. */
export async function* codeIn(folder: string): AsyncGenerator<string> {
  for await (const entry of Deno.readDir(ROOT + folder)) {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory) yield* codeIn(path);
    else if (/\.tsx?$/.test(entry.name)) yield path;
  }
}
