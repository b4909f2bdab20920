import { visit } from "jsonc-parser";
import { DomainError, invalidField } from "../../domain/errors.ts";

/** The maximum nesting of arrays and objects; bodies of the contract have fewer than ten levels. */
const MAX_DEPTH = 50;

/**
 * Parses JSON. Refuses text that is not JSON; a key that occurs twice in one object, because parsers take the last one
 * and readers the first; unpaired surrogates (`"\ud800"`), which the database cannot store; and nesting so deep that
 * walking it would overflow the stack.
 */
export function requireSoundJson(text: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw refusal("The body is not valid JSON.", "body", "This is not valid JSON.");
  }
  const open: Set<string>[] = [];
  const begin = () => {
    open.push(new Set());
    if (open.length > MAX_DEPTH) {
      throw refusal("The body cannot be read.", "body", "This is nested too deeply.");
    }
  };
  const end = () => void open.pop();
  visit(text, {
    onObjectBegin: begin,
    onObjectEnd: end,
    onArrayBegin: begin,
    onArrayEnd: end,
    onObjectProperty(name, _offset, _length, _line, _character, path) {
      const names = open.at(-1)!;
      if (names.has(name)) {
        const field = [...path(), name].join(".");
        throw invalidField(field, "This comes twice.");
      }
      names.add(name);
    },
    onLiteralValue(value, _offset, _length, _line, _character, path) {
      if (typeof value === "string" && !value.isWellFormed()) {
        throw invalidField(
          path().join("."),
          "This contains an incomplete character (an unpaired surrogate).",
        );
      }
    },
  });
  return value;
}

function refusal(detail: string, field: string, message: string): DomainError {
  return new DomainError("invalid_input", detail, { fields: { [field]: [message] } });
}
