type Given<Fields> = { [Field in keyof Fields]?: Exclude<Fields[Field], undefined> };

/** Keeps the fields that are not undefined, so that what a body left out stays left out. */
export function onlyGiven<Fields extends object>(fields: Fields): Given<Fields> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Given<
    Fields
  >;
}
