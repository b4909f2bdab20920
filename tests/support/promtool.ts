const PROMTOOL = "/usr/bin/promtool";

/** Whether this machine has it; Debian: `prometheus`. */
export const hasPromtool = await Deno.stat(PROMTOOL).then(({ isFile }) => isFile, () => false);

/** Runs Prometheus' own tool, with a text as its input, and returns everything that it said. */
export async function promtool(
  args: string[],
  input = "",
): Promise<{ success: boolean; said: string }> {
  const child = new Deno.Command(PROMTOOL, { args, stdin: "piped", stdout: "piped", stderr: "piped" })
    .spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(input));
  await writer.close();
  const { success, stdout, stderr } = await child.output();
  return { success, said: [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes)).join("") };
}
