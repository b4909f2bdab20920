/**
 * What work comes to, if it does within so many milliseconds; else throws a TimeoutError, whatever the work does. The signal
 * tells the work to give up. For every call to something outside the process, which may never answer.
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
