import { DomainError } from "../errors.ts";
import type { Limits } from "../limits/ports.ts";

type Try = { studentId: string; ipAddress: string; promotionCode: string | null };

/**
 * Performs work that uses a promotion code, and counts refused codes per person and per IP address; valid codes do
 * not count. Throws DomainError `too_many_requests` for any code after too many refused ones. `isHarmless`: the work
 * stores nothing, so its result may be withheld from a person who sends many guesses at once.
 */
export async function countGuesses<Answer>(
  { limits }: { limits: Limits },
  { studentId, ipAddress, promotionCode }: Try,
  work: () => Promise<Answer>,
  { isHarmless = false }: { isHarmless?: boolean } = {},
): Promise<Answer> {
  if (promotionCode === null) return await work();
  const tries = [
    { limit: "code_of_account", of: studentId },
    { limit: "code_of_address", of: ipAddress },
  ] as const;
  await limits.check(...tries);
  let answer: Answer;
  try {
    answer = await work();
  } catch (error) {
    if (error instanceof DomainError && error.details.fields?.promotion_code) await limits.count(...tries);
    throw error;
  }
  if (isHarmless) await limits.check(...tries);
  return answer;
}
