/** How many of the latest refusals and errors a failure shows. */
const SHOWN = 3;

type LogLine = { level: string; message: string; requestId?: string; path?: string; error?: string };

/** What a server refused and logged during a test, for the message of a failure. */
export class ServerTrace {
  readonly #logged: string[];
  readonly #refused: { request: string; body: string }[] = [];

  /** `logged` grows while the server writes JSON lines to it. */
  constructor(logged: string[]) {
    this.#logged = logged;
  }

  /** Remembers a response when it is a refusal or an error. */
  note({ method, url }: Request, status: number, body: string): void {
    if (status >= 400) {
      this.#refused.push({ request: `${method} ${new URL(url).pathname} -> ${status}`, body });
    }
  }

  /** Returns what the server logged of a request that went wrong, with the stack; empty when there is nothing. */
  logOf(requestId: string | null): string {
    return section(
      "The server logged",
      this.#problems().filter((line) => requestId !== null && line.requestId === requestId).map(text),
    );
  }

  /** Runs a test. When it fails, its error also says what the server last refused, and its last errors with their stacks. */
  async explainFailureOf(run: () => Promise<void>): Promise<void> {
    try {
      await run();
    } catch (error) {
      if (error instanceof Error) {
        const known = error.message;
        const errors = this.#problems().map(text).filter((line) => !known.includes(line)).slice(-SHOWN);
        const refusals = this.#refused.filter(({ body }) => !known.includes(body)).slice(-SHOWN)
          .map(({ request, body }) => `${request} ${body}`);
        const more = section("The server last refused", refusals) + section("The server logged", errors);
        error.message += more;
        const stack = (error.stack ?? known).replace(known, () => error.message);
        Object.defineProperty(error, "stack", { value: stack }); // the driver's errors have one that is read-only
      }
      throw error;
    }
  }

  #problems(): LogLine[] {
    return this.#logged.map((line) => JSON.parse(line) as LogLine).filter(({ level }) => level === "error");
  }
}

const text = ({ message, path, error }: LogLine) => [message, path, error].filter(Boolean).join(" ");

const section = (title: string, lines: string[]) =>
  lines.length === 0 ? "" : `\n\n${title}:\n${lines.join("\n")}`;
