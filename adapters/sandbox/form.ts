import { Readable } from "node:stream";
import { Busboy } from "@fastify/busboy";

/**
 * Reads a form's texts and the full names of its files; the runtime's own parser splits names at `;` and `=`. An
 * unreadable form has none.
 */
export async function readForm(
  request: Request,
): Promise<{ texts: Record<string, string>; files: Record<string, string> }> {
  const texts: Record<string, string> = {};
  const files: Record<string, string> = {};
  const bytes = new Uint8Array(await request.arrayBuffer());
  try {
    const form = new Busboy({ headers: { "content-type": request.headers.get("content-type") ?? "" } });
    form.on("field", (name, value) => texts[name] = value);
    form.on("file", (name, stream, fileName) => {
      files[name] = fileName;
      stream.resume();
    });
    await new Promise<void>((resolve, reject) => {
      form.once("finish", resolve);
      form.once("error", reject);
      Readable.from([bytes]).pipe(form);
    });
  } catch {
    return { texts: {}, files: {} };
  }
  return { texts, files };
}
