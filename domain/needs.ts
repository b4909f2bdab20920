/** The intersection of all members of a union. */
export type AllOf<Union> = (Union extends unknown ? (each: Union) => void : never) extends
  (all: infer All) => void ? All
  : never;

/** Every use case is one of these, whatever its parameters and its result are. */
type UseCase = (deps: never, ...input: never[]) => unknown;

/** The dependencies of use cases: `Needs<typeof signIn | typeof register>` are those of both. */
export type Needs<Verbs extends UseCase> = AllOf<Parameters<Verbs>[0]>;
