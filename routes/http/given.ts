type Given<Fields> = { [Field in keyof Fields]?: Exclude<Fields[Field], undefined> };
type AnyOf<Change> = { [Field in keyof Change]?: Change[Field] | undefined };
/** Every field of the change, and nothing beside. */
type Exactly<Change, Fields> = {
  [Field in Exclude<keyof Fields, keyof Change> | Exclude<keyof Change, keyof Fields>]: never;
};

/** Keeps the fields that are not undefined, so that what a body left out stays left out. */
export function onlyGiven<Fields extends object>(fields: Fields): Given<Fields> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Given<
    Fields
  >;
}

/**
 * Returns a function that makes a change of what a body gives. It compiles only when every field of the change is said, and
 * nothing else is: a property that the contract gains has to reach the domain.
 */
export function changeOf<Change extends object>() {
  return <Fields extends AnyOf<Change>>(fields: Fields & Exactly<Change, Fields>): Change =>
    onlyGiven(fields) as Change;
}
