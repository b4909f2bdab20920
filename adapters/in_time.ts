/**
 * Returns the work's result if it arrives within the given milliseconds; otherwise throws a TimeoutError, whatever
 * the work does. The signal tells the work to stop. For every call that leaves the process and may never get a
 * response.
 */
export async function inTime<Answer>(
  milliseconds: number,
  work: (signal: AbortSignal) => Promise<Answer>,
): Promise<Answer> {
  const controller = new AbortController();
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    const reason = new DOMException(`No answer came within ${milliseconds} ms.`, "TimeoutError");
    late.reject(reason);
    controller.abort(reason);
  }, milliseconds);
  try {
    return await Promise.race([work(controller.signal), late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

/** Returns whether a `fetch` failed before it was connected, so that its peer received nothing. */
export function isUnconnected(error: unknown): boolean {
  // Deno 2.9 says so in the cause, Deno 2.5 in the message itself.
  return error instanceof TypeError && `${error.message} ${error.cause}`.includes("client error (Connect)");
}
