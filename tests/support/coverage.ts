/** Percent of lines and of branches of domain/ that the tests must reach. */
export const THRESHOLD = 95;

/** How much of domain/ a coverage profile reaches, in percent. */
export async function domainCoverage(profile: string): Promise<{ lines: number; branches: number }> {
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["coverage", "--lcov", "--include=/domain/", "--exclude=/tests/", profile],
  }).output();
  const lcov = new TextDecoder().decode(stdout);
  // LF/LH: lines found and hit; BRF/BRH: branches found and hit, per file.
  const sum = (tag: string) =>
    [...lcov.matchAll(new RegExp(`^${tag}:(\\d+)$`, "gm"))].reduce(
      (total, match) => total + Number(match[1]),
      0,
    );
  return { lines: 100 * sum("LH") / sum("LF"), branches: 100 * sum("BRH") / sum("BRF") };
}
