import { DomainError } from "../errors.ts";
import type { Limits } from "../limits/ports.ts";

type Try = { studentId: string; ipAddress: string; promotionCode: string | null };

/**
 * Does what uses a promotion code, and counts the codes that are refused, by person and by network address: good ones count
 * nothing. Throws DomainError `too_many_requests`, whatever the code, once there were too many. `isHarmless`: nothing is kept
 * of what is done, so that its answer may be withheld from somebody who sent many guesses at once.
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
