/** A run of tests in which none ends for so many milliseconds stands still: the longest takes two minutes. */
const STANDS_STILL = 6 * 60_000;

const PASSED = / \.\.\. ok \([^()]*\)$/;

/**
 * Runs `deno test` with its reporter "pretty" and prints a dot for each test that passes, and all other lines as they
 * come, so that a failure is named at once. A run that stands still is ended and fails, and the last tests that ended
 * and the files that nothing was heard of are named. Returns whether every test passed.
 */
export async function watchedRun(
  { args, env, files, standsStill = STANDS_STILL, print = console.log }: {
    args: string[];
    env: Record<string, string>;
    files: string[];
    standsStill?: number;
    print?: (line: string) => void;
  },
): Promise<boolean> {
  const child = new Deno.Command(Deno.execPath(), {
    args: [...args, ...files],
    env: { ...env, NO_COLOR: "1" },
    stdout: "piped",
  }).spawn();
  const unheard = new Set(files);
  const last: string[] = [];
  let stoodStill = false;
  const end = () => {
    stoodStill = true;
    child.kill("SIGKILL");
  };
  let timer = setTimeout(end, standsStill);
  try {
    for await (const line of lines(child.stdout)) {
      clearTimeout(timer);
      timer = setTimeout(end, standsStill);
      const [path] = line.split(" => ");
      for (const file of unheard) if (path!.endsWith(file.slice(file.lastIndexOf("/")))) unheard.delete(file);
      if (PASSED.test(line)) {
        last.push(line);
        if (last.length > 3) last.shift();
        await Deno.stdout.write(new TextEncoder().encode("."));
      } else {
        print(line);
      }
    }
  } finally {
    clearTimeout(timer);
  }
  const { success } = await child.status;
  if (stoodStill) {
    print(
      [
        `No test has ended for ${
          standsStill / 60_000
        } minutes: this run was ended. The last ones that passed:`,
        ...last,
        `Files from which none was heard: ${[...unheard].join(", ") || "none"}.`,
      ].join("\n"),
    );
  }
  return success && !stoodStill;
}

async function* lines(bytes: ReadableStream<Uint8Array<ArrayBuffer>>): AsyncGenerator<string> {
  let rest = "";
  for await (const text of bytes.pipeThrough(new TextDecoderStream())) {
    const parts = (rest + text).split("\n");
    rest = parts.pop()!;
    yield* parts;
  }
  if (rest !== "") yield rest;
}
