import postgres from "postgres";
import { parse } from "postgres-array";

/**
 * Arrays of PostgreSQL's built-in types, by their fixed OIDs (pg_type.dat): that of the element, that of the array,
 * and how the driver reads an element. The driver can query these on each new connection, but if that fails, nobody
 * can catch its error and the process exits.
 */
const ARRAYS: [element: number, array: number, read: (text: string) => unknown][] = [
  [16, 1000, (text) => text === "t"], // boolean
  [19, 1003, String], // name
  [20, 1016, BigInt], // bigint
  [21, 1005, Number], // smallint
  [23, 1007, Number], // integer
  [25, 1009, String], // text
  [114, 199, JSON.parse], // json
  [701, 1022, Number], // double precision
  [1043, 1015, String], // character varying
  [1082, 1182, (text) => new Date(text)], // date
  [1184, 1185, (text) => new Date(text)], // timestamptz
  [1700, 1231, String], // numeric
  [2950, 2951, String], // uuid
  [3802, 3807, JSON.parse], // jsonb
];

/** The driver's option `types`: `bigint` as BigInt, and arrays. */
export const TYPES = {
  bigint: postgres.BigInt,
  ...Object.fromEntries(
    ARRAYS.map(([element, array, read]) => [`array_of_${element}`, {
      to: array,
      from: [array],
      parse: (text: string) => parse(text, read),
      serialize: arrayLiteral,
    }]),
  ),
};

/** https://www.postgresql.org/docs/current/arrays.html#ARRAYS-IO */
function arrayLiteral(elements: unknown): string {
  if (!Array.isArray(elements)) return String(elements); // written by the caller
  return `{${
    elements.map((element) => {
      if (element === null) return "null";
      if (element === undefined) throw new TypeError("An element of an array is undefined.");
      if (Array.isArray(element)) return arrayLiteral(element);
      const text = element instanceof Date
        ? element.toISOString()
        : typeof element === "object"
        ? JSON.stringify(element)
        : String(element);
      return `"${text.replace(/["\\]/g, "\\$&")}"`;
    }).join(",")
  }}`;
}
