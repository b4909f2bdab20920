import type { PasswordStrength } from "../../domain/accounts/ports.ts";

/**
 * The number of characters that are checked. More take long and change nothing: the slowest known passwords block the
 * event loop for 28 ms with 40 characters, for 2 s with 128 (measured).
 */
const JUDGED_LENGTH = 40;
/** zxcvbn's score for passwords that take at least a million guesses. */
const SUFFICIENT_SCORE = 2;

/** Likely guesses here that the library's dictionaries lack: the shop's name, and words for "password". */
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

/** Loads the dictionaries, which takes about 100 ms, so only the first password check waits for them. */
async function load() {
  const [{ ZxcvbnFactory }, { dictionary, adjacencyGraphs }] = await Promise.all([
    import("@zxcvbn-ts/core"),
    import("@zxcvbn-ts/language-common"),
  ]);
  return new ZxcvbnFactory({ dictionary, graphs: adjacencyGraphs });
}
