type Given<Fields> = { [Field in keyof Fields]?: Exclude<Fields[Field], undefined> };
type AnyOf<Change> = { [Field in keyof Change]?: Change[Field] | undefined };
/** Exactly the fields of the change. */
type Exactly<Change, Fields> = {
  [Field in Exclude<keyof Fields, keyof Change> | Exclude<keyof Change, keyof Fields>]: never;
};

/** Returns the fields that are not undefined, so that fields missing in a body stay missing. */
export function onlyGiven<Fields extends object>(fields: Fields): Given<Fields> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Given<
    Fields
  >;
}

/**
 * Returns a function that turns a body's fields into a change. It compiles only with exactly the fields of the
 * change, so a new property of the contract has to reach the domain.
 */
export function changeOf<Change extends object>() {
  return <Fields extends AnyOf<Change>>(fields: Fields & Exactly<Change, Fields>): Change =>
    onlyGiven(fields) as Change;
}
