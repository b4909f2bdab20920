/** The intersection of all members of a union. */
export type AllOf<Union> = (Union extends unknown ? (each: Union) => void : never) extends
  (all: infer All) => void ? All
  : never;

// deno-lint-ignore no-explicit-any -- any parameters and any result of a use case
type UseCase = (deps: any, ...input: any[]) => unknown;

/** The dependencies of use cases: `Needs<typeof signIn | typeof register>` are those of both. */
export type Needs<Verbs extends UseCase> = AllOf<Parameters<Verbs>[0]>;
