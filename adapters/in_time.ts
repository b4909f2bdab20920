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
