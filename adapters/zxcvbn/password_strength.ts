import type { PasswordStrength } from "../../domain/accounts/ports.ts";

/**
 * Judging more of a password takes long and changes nothing: 40 characters of those that were searched for to take longest hold the
 * event loop for 28 ms, 128 characters for 2 s (measured).
 */
const JUDGED_LENGTH = 40;
/** zxcvbn's score of passwords that take at least a million guesses. */
const SUFFICIENT_SCORE = 2;

/** What people here would try first, and no dictionary of the library has: the shop's name, and what they call a password. */
const OURS = ["11tutors", "tutors", "11-tutors", "пароль", "привет", "йцукен", "любовь", "contraseña"];

/**
 * Estimates how easily a password is guessed, by zxcvbn: from common passwords, keyboard patterns, repeats and dates.
 */
export function zxcvbnPasswordStrength(): PasswordStrength {
  return {
    async isGuessable(password) {
      const judge = await (loading ??= load());
      return judge.check(password.slice(0, JUDGED_LENGTH), OURS).score < SUFFICIENT_SCORE;
    },
  };
}

let loading: ReturnType<typeof load> | undefined;

/** The dictionaries take about 100 ms to load, so only the first to choose a password waits for them. */
async function load() {
  const [{ ZxcvbnFactory }, { dictionary, adjacencyGraphs }] = await Promise.all([
    import("@zxcvbn-ts/core"),
    import("@zxcvbn-ts/language-common"),
  ]);
  return new ZxcvbnFactory({ dictionary, graphs: adjacencyGraphs });
}
