import assert from "node:assert/strict";

/** The version that Deno Deploy's documentation names. */
const VERSION = "2.5.0";

/** Returns the path of Deploy's Deno, from npm; of this one where there is no npm. */
export async function denoOfDeploy(): Promise<string> {
  const args = ["--yes", `deno@${VERSION}`, "eval", "console.log(Deno.execPath())"];
  try {
    const { success, stdout, stderr } = await new Deno.Command("npx", {
      args,
      cwd: Deno.env.get("TMPDIR") ?? "/tmp",
    })
      .output();
    assert.ok(success, new TextDecoder().decode(stderr));
    return new TextDecoder().decode(stdout).trim();
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    console.log(`There is no npx, so Deno ${Deno.version.deno} stands in for Deploy's ${VERSION}.`);
    return Deno.execPath();
  }
}
