/** What all members of a union are at once. */
export type AllOf<Union> = (Union extends unknown ? (each: Union) => void : never) extends
  (all: infer All) => void ? All
  : never;

// deno-lint-ignore no-explicit-any -- whatever a use case is given and returns
type UseCase = (deps: any, ...input: any[]) => unknown;

/** What use cases need to be called with: `Needs<typeof signIn | typeof register>` is what both of them do. */
export type Needs<Verbs extends UseCase> = AllOf<Parameters<Verbs>[0]>;
