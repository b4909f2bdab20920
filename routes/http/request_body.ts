import { DomainError } from "../../domain/errors.ts";

const KIB = 1024;
const MIB = 1024 * KIB;

/** Limits for reading bodies, in time and memory. */
export type BodyPatience = {
  /** Milliseconds without a byte after which reading a body stops. */
  stallMs: number;
  /** The minimum overall speed of a body, in bytes per second; `stallMs` is added to the resulting time. */
  slowest: number;
  /** The maximum size of large bodies in memory at once, in bytes: in total and per sender. */
  signedIn: { all: number; each: number };
  anonymous: { all: number; each: number };
};

export const PATIENCE: BodyPatience = {
  stallMs: 30_000,
  slowest: 32 * KIB,
  signedIn: { all: 192 * MIB, each: 64 * MIB },
  anonymous: { all: 32 * MIB, each: 8 * MIB },
};

/**
 * The size in bytes up to which a body does not count, so that typed input is never refused because of other uploads.
 */
const SMALL = 64 * KIB;

/** Thrown for a body that stalls or arrives too slowly. */
export class SlowBody extends Error {}

/** The sender of a body: an account, or an IP address. */
export type Sender = { isSignedIn: boolean; id: string };

/** A body as it arrives. `release` returns its share of the budgets once its bytes are no longer needed. */
export type IncomingBody = { chunks(): AsyncGenerator<Uint8Array>; release(): void };

/**
 * Reads bodies piece by piece, limited in size and time. Throws DomainError `body_too_large` above `maxBytes`, and
 * `SlowBody` if a body stalls. The total in memory is bounded, and so is each sender's share of it, so that no
 * sender's uploads block all others.
 */
export function bodyReader(patience: BodyPatience = PATIENCE) {
  const pools = { signedIn: pool(patience.signedIn), anonymous: pool(patience.anonymous) };

  return function open(
    request: Request,
    { maxBytes, sender }: { maxBytes: number; sender: Sender },
  ): IncomingBody {
    const { take, give } = sender.isSignedIn ? pools.signedIn : pools.anonymous;
    let held = 0;

    /**
     * Reserves memory. The declared length is reserved at the start, so that a body that was begun can be finished;
     * the rest as it arrives.
     */
    function hold(size: number) {
      const more = Math.max(0, size - SMALL) - held;
      if (more <= 0) return;
      take(sender.id, more);
      held += more;
    }

    async function* chunks() {
      const reader = request.body?.getReader();
      if (!reader) return;
      hold(Number(request.headers.get("content-length") ?? 0));
      const deadline = performance.now() + patience.stallMs + maxBytes / patience.slowest * 1000;
      let size = 0;
      let isWhole = false;
      try {
        for (;;) {
          const { done, value } = await within(
            Math.min(patience.stallMs, deadline - performance.now()),
            reader.read(),
          );
          isWhole = done;
          if (done) return;
          size += value.byteLength;
          if (size > maxBytes) throw tooLarge(maxBytes);
          hold(size);
          yield value;
        }
      } finally {
        if (!isWhole) reader.cancel().catch(() => {}); // the sender may have disconnected
      }
    }

    return {
      chunks,
      release() {
        give(sender.id, held);
        held = 0;
      },
    };
  };
}

/** Throws DomainError `body_too_large` by the declared length of a body, before any of it is read. */
export function requireDeclaredLength(header: string | undefined, maxBytes: number): void {
  if (header !== undefined && Number(header) > maxBytes) throw tooLarge(maxBytes);
}

/** Reads a whole body as text. */
export async function textOf({ chunks }: IncomingBody): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of chunks()) text += decoder.decode(chunk, { stream: true });
  return text + decoder.decode();
}

function pool({ all, each }: { all: number; each: number }) {
  const shares = new Map<string, number>();
  let total = 0;
  return {
    take(id: string, bytes: number) {
      const share = shares.get(id) ?? 0;
      if (share + bytes > each) {
        const detail = "You are sending too much at once. Send this when your other uploads have finished.";
        throw new DomainError("too_many_requests", detail, { retryAfter: 5 });
      }
      if (total + bytes > all) {
        throw new DomainError(
          "vendor_unavailable",
          "The server is receiving too many uploads at the moment. Please try again.",
          {
            retryAfter: 5,
          },
        );
      }
      shares.set(id, share + bytes);
      total += bytes;
    },
    give(id: string, bytes: number) {
      const share = (shares.get(id) ?? 0) - bytes;
      if (share > 0) shares.set(id, share);
      else shares.delete(id);
      total -= bytes;
    },
  };
}

async function within<Answer>(ms: number, work: Promise<Answer>): Promise<Answer> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const end = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new SlowBody("A body did not arrive in time.")), Math.max(0, ms));
  });
  try {
    return await Promise.race([work, end]);
  } finally {
    clearTimeout(timer);
  }
}

function tooLarge(maxBytes: number): DomainError {
  const most = maxBytes < MIB ? `${maxBytes / KIB} KiB` : `${maxBytes / MIB} MiB`;
  return new DomainError("body_too_large", `The body is too large: at most ${most} are accepted.`);
}
