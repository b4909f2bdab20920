import type { VariableName } from "./descriptions.ts";

export type Environment = Record<string, string | undefined>;

/** Thrown for an incomplete environment. The message names every variable at fault, in one line. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
}

export type Variables = ReturnType<typeof variablesOf>;

/** Called for each variable read, with its default: an empty text if it may be missing, null if it is required. */
export type OnRead = (name: VariableName, fallback: string | null) => void;

/**
 * Reads environment variables. Collects faults, never with a value, which may be a secret. `onRead` is for the table
 * of variables in README.md.
 */
export function variablesOf(env: Environment, onRead: OnRead = () => {}) {
  const faults: string[] = [];
  const fault = (text: string) => void faults.push(text);
  function isGiven(name: VariableName): boolean {
    onRead(name, "");
    return (env[name]?.trim() ?? "") !== "";
  }

  /** Returns the text of a variable. If it is missing without a default, records a fault and returns an empty text. */
  function text(name: VariableName, fallback?: string): string {
    onRead(name, fallback ?? null);
    const value = env[name]?.trim() || fallback;
    if (value === undefined) fault(`${name} is missing`);
    return value ?? "";
  }

  function checked(
    name: VariableName,
    isValid: ((value: string) => boolean) | RegExp,
    expected: string,
    fallback?: string,
  ): string {
    const value = text(name, fallback);
    const passes = isValid instanceof RegExp ? isValid.test(value) : isValid(value);
    if (value !== "" && !passes) fault(`${name} must be ${expected}`);
    return value;
  }

  return {
    fault,
    isGiven,
    text,
    checked,

    /** Returns the result of `read` if the variable is set; else null. */
    optional: <Value>(name: VariableName, read: (name: VariableName) => Value): Value | null =>
      isGiven(name) ? read(name) : null,

    oneOf<Word extends string>(name: VariableName, words: readonly Word[], fallback: Word): Word {
      const expected = `${words.slice(0, -1).join(", ")} or ${words.at(-1)}`;
      return checked(name, (value) => words.some((word) => word === value), expected, fallback) as Word;
    },

    /** Reads a URL, without a trailing slash. */
    url: (name: VariableName, fallback?: string): string =>
      checked(name, isHttpUrl, "an http(s) URL", fallback).replace(/\/+$/, ""),

    /** Does the same for links that people follow: https is required, except for localhost. */
    secureUrl: (name: VariableName): string =>
      checked(name, isSecureUrl, "an https URL (http is for localhost alone)").replace(/\/+$/, ""),

    port: (name: VariableName, fallback: string): number =>
      Number(checked(name, isPort, "a port number from 1 to 65535", fallback)),

    count: (name: VariableName, fallback: string): number =>
      Number(checked(name, /^[1-9]\d{0,4}$/, "a whole number from 1", fallback)),

    /** Reads a number, or null for `none`. */
    limit(name: VariableName, fallback: number | null): number | null {
      const expected = "a number above 0, or none";
      const value = checked(name, /^[1-9]\d{0,8}$|^none$/, expected, String(fallback ?? "none"));
      return value === "none" ? null : Number(value);
    },

    secret: (name: VariableName): string =>
      checked(name, isSecret, "at least 32 bytes long, and random: not one character over and over"),

    email: (
      name: VariableName,
      { fallback, because = "" }: { fallback?: string; because?: string } = {},
    ): string => checked(name, /^[^\s@<>"]+@[^\s@<>"]+$/, `an e-mail address${because}`, fallback),

    /** Reads comma-separated values. */
    list(name: VariableName): string[] {
      onRead(name, "");
      return (env[name] ?? "").split(",").map((entry) => entry.trim()).filter(Boolean);
    },

    /** Throws ConfigError if there were any faults. */
    requireNoFaults(): void {
      if (faults.length > 0) throw new ConfigError(`Configuration: ${faults.join("; ")}.`);
    },
  };
}

export function isHttpUrl(value: string): boolean {
  return URL.canParse(value) && /^https?:$/.test(new URL(value).protocol);
}

/**
 * The minimum number of different characters in a random secret: 32 hex digits have fewer about once in 25 million
 * draws.
 */
const DIFFERENT_CHARACTERS = 8;

export function isSecureUrl(value: string): boolean {
  if (!isHttpUrl(value)) return false;
  const { protocol, hostname } = new URL(value);
  return protocol === "https:" || ["localhost", "127.0.0.1", "[::1]"].includes(hostname);
}

function isSecret(value: string): boolean {
  return new TextEncoder().encode(value).length >= 32 && new Set(value).size >= DIFFERENT_CHARACTERS;
}

function isPort(value: string): boolean {
  return /^\d{1,5}$/.test(value) && Number(value) >= 1 && Number(value) <= 65535;
}

/** Returns a check whether a value is a URL with one of the protocols, which end in a colon. */
export const isUrlOf = (...protocols: string[]) => (value: string): boolean =>
  URL.canParse(value) && protocols.includes(new URL(value).protocol);

export const isDatabaseUrl = isUrlOf("postgres:", "postgresql:");
