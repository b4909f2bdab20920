import { DomainError } from "../domain/errors.ts";
import type { WorkOutcome } from "../domain/operations/ports.ts";

/** Performs work, tells `note` how it ended and how many seconds it took, and returns its result. */
export async function timed<Result>(
  perform: () => Promise<Result>,
  note: (outcome: WorkOutcome, seconds: number) => void,
  outcomeOf: (result: Result) => WorkOutcome = () => "done",
): Promise<Result> {
  const begun = performance.now();
  const end = (outcome: WorkOutcome) => note(outcome, (performance.now() - begun) / 1000);
  try {
    const result = await perform();
    end(outcomeOf(result));
    return result;
  } catch (error) {
    end(outcomeOfError(error));
    throw error;
  }
}

function outcomeOfError(error: unknown): WorkOutcome {
  if (!(error instanceof DomainError)) return "failed";
  return error.code === "vendor_unavailable" ? "unavailable" : "refused";
}
