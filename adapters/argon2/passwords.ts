import type { Passwords } from "../../domain/accounts/ports.ts";
import { DomainError } from "../../domain/errors.ts";
import type { HashAnswer, HashRequest } from "./hash_worker.ts";
import { type Argon2Cost, type HashTask, isPasswordHash } from "./hashing.ts";

/** OWASP's Password Storage Cheat Sheet: 19 MiB, 2 iterations, 1 lane. */
const OWASP: Argon2Cost = { memoryKib: 19_456, iterations: 2 };

/**
 * The minimum time of a refusal in milliseconds. Well above the time of a Django hash (250 ms for 870,000 iterations,
 * measured), so that timing reveals neither unknown nor imported accounts; `deno task bench:sign-in` measures it.
 */
const REFUSAL_MS = 750;

/** Milliseconds without a response to pending requests after which a worker is replaced. */
const SILENCE_MS = 20_000;

/**
 * Normalises a password for hashing, so that it is the same from every keyboard: composed (NFC), with plain spaces.
 * That is RFC 8265's OpaqueString; NFKC would equate passwords that look different.
 */
const spelled = (password: string) => password.replace(/\p{Zs}/gu, " ").normalize("NFC");

/**
 * Returns the forms of a password that its hash may have been made from, the current one first; most passwords have
 * only one.
 */
const spellings = (password: string) => [
  ...new Set([spelled(password), password, password.normalize("NFC"), password.normalize("NFD")]),
];

type Waiting = { resolve: (result: string | boolean) => void; reject: (error: Error) => void };

/**
 * argon2id at OWASP's cost in a worker thread, started on first use; `close` ends it. Throws DomainError
 * `vendor_unavailable` if the worker does not respond. `perform`: does the work instead of a worker.
 */
export function argon2Passwords(
  { cost = OWASP, refusalMs = REFUSAL_MS, silenceMs = SILENCE_MS, perform }: {
    cost?: Argon2Cost;
    refusalMs?: number;
    silenceMs?: number;
    perform?: (task: HashTask) => Promise<string | boolean>;
  } = {},
): Passwords & { close(): void } {
  const prefix = `$argon2id$v=19$m=${cost.memoryKib},t=${cost.iterations},p=1$`;
  // The hash of a random, unknown password, against which unknown accounts are checked.
  const nobody = `${prefix}c29tZXNhbHRzb21lc2FsdA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA`;
  let worker: Worker | null = null;
  let lastId = 0;
  let silence: ReturnType<typeof setTimeout> | undefined;
  const waiting = new Map<number, Waiting>();

  function start(): Worker {
    const started = new Worker(new URL("./hash_worker.ts", import.meta.url), { type: "module" });
    started.onmessage = ({ data }: MessageEvent<HashAnswer>) => {
      const request = waiting.get(data.id);
      waiting.delete(data.id);
      if ("error" in data) request?.reject(new Error(data.error));
      else request?.resolve(data.result);
      listen();
    };
    started.onerror = (event) => {
      event.preventDefault();
      giveUp(new Error(`password worker failed: ${event.message}`));
    };
    return started;
  }

  function listen(): void {
    clearTimeout(silence);
    if (waiting.size > 0) silence = setTimeout(() => giveUp(unavailable()), silenceMs);
  }

  /** Ends the worker. The next request starts another. */
  function giveUp(reason: Error): void {
    clearTimeout(silence);
    worker?.terminate();
    worker = null;
    for (const { reject } of waiting.values()) reject(reason);
    waiting.clear();
  }

  function askWorker(task: HashTask): Promise<string | boolean> {
    worker ??= start();
    const id = ++lastId;
    const request: HashRequest = { ...task, id };
    return new Promise((resolve, reject) => {
      waiting.set(id, { resolve, reject });
      worker!.postMessage(request);
      if (waiting.size === 1) listen();
    });
  }

  const belongs = async (password: string, hash: string) =>
    await (perform ?? askWorker)({ task: "verify", password, hash }) === true;

  return {
    async hash(password) {
      return await (perform ?? askWorker)({ task: "hash", password: spelled(password), cost }) as string;
    },

    async verify(password, hash) {
      const refusedFrom = performance.now() + refusalMs;
      const known = hash !== null && isPasswordHash(hash) ? hash : null;
      for (const spelling of spellings(password)) {
        const matches = await belongs(spelling, known ?? nobody);
        if (matches && known !== null) return true;
      }
      await new Promise((resolve) => setTimeout(resolve, Math.max(0, refusedFrom - performance.now())));
      return false;
    },

    async isOutdated(password, hash) {
      if (!hash.startsWith(prefix)) return true;
      return spellings(password).length > 1 && !(await belongs(spelled(password), hash));
    },

    close() {
      giveUp(unavailable());
    },
  };
}

function unavailable(): DomainError {
  return new DomainError(
    "vendor_unavailable",
    "Passwords cannot be checked at the moment. Please try again.",
    {
      retryAfter: 5,
    },
  );
}
