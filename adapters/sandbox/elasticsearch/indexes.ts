import type { DatabaseSync } from "node:sqlite";
import { type Analyzer, analyzersOf } from "./analysis.ts";
import { type Document, type Json, Refusal } from "./query.ts";

/** An index with its documents, read by its analyzers. */
export type Index = {
  name: string;
  aliases: string[];
  documents: Map<string, Document>;
  analyzer(field: string): Analyzer | undefined;
};
type IndexBody = { settings?: Json; mappings?: Json };
/** A line of a bulk request: what to do, and the document. */
export type Write = { action: "index" | "delete"; target: Json; source: Json };

/** Keeps indexes in SQLite, across restarts, and what is read of them in memory. */
export function indexStore(state: DatabaseSync) {
  state.exec(`
    create table if not exists search_indexes (name text primary key, body text not null);
    create table if not exists search_aliases (alias text not null, name text not null, primary key (alias, name));
    create table if not exists search_documents (
      name text not null, id text not null, version integer not null, source text, primary key (name, id)
    );
  `);
  const open = new Map<string, Index & { body: IndexBody }>();
  const names = () =>
    (state.prepare("select name from search_indexes order by name").all() as { name: string }[]).map((
      { name },
    ) => name);
  const aliasesOf = (name: string) =>
    (state.prepare("select alias from search_aliases where name = ? order by alias").all(name) as {
      alias: string;
    }[])
      .map(({ alias }) => alias);

  function opened(name: string): Index & { body: IndexBody } {
    const known = open.get(name);
    if (known) return known;
    const row = state.prepare("select body from search_indexes where name = ?").get(name) as { body: string };
    const body = JSON.parse(row.body) as IndexBody;
    const analyzers = analyzersOf(body.settings?.analysis ?? {});
    const index = {
      name,
      body,
      documents: new Map<string, Document>(),
      get aliases() {
        return aliasesOf(name);
      },
      analyzer: (field: string) => analyzers[fieldOf(body.mappings, field)?.analyzer],
    };
    const rows = state.prepare(
      "select id, source from search_documents where name = ? and source is not null",
    )
      .all(name) as { id: string; source: string }[];
    for (const { id, source } of rows) index.documents.set(id, documentOf(id, JSON.parse(source), index));
    open.set(name, index);
    return index;
  }

  return {
    names,
    opened,
    /** Returns the names that a pattern with a star, an alias or a name means. */
    meant(expression: string): string[] {
      if (expression.endsWith("*")) return names().filter((name) => name.startsWith(expression.slice(0, -1)));
      return names().filter((name) => name === expression || aliasesOf(name).includes(expression));
    },
    create(name: string, { aliases = {}, ...body }: IndexBody & { aliases?: Json }): void {
      if (names().includes(name)) {
        throw new Refusal(400, "resource_already_exists_exception", `index [${name}] already exists`);
      }
      analyzersOf(body.settings?.analysis ?? {});
      state.prepare("insert into search_indexes values (?, ?)").run(name, JSON.stringify(body));
      for (const alias of Object.keys(aliases)) this.point(alias, name);
    },
    remove(name: string): void {
      for (const table of ["search_indexes", "search_aliases", "search_documents"]) {
        state.prepare(`delete from ${table} where name = ?`).run(name);
      }
      open.delete(name);
    },
    point(alias: string, name: string): void {
      if (names().includes(alias)) {
        throw new Refusal(
          400,
          "invalid_alias_name_exception",
          `an index exists with the same name as the alias [${alias}]`,
        );
      }
      state.prepare("insert or ignore into search_aliases values (?, ?)").run(alias, name);
    },
    unpoint(alias: string, name: string): void {
      state.prepare("delete from search_aliases where alias = ? and name = ?").run(alias, name);
    },
    /** Writes one document through an alias, if its version is higher. Returns the item of the answer. */
    write({ action, target, source }: Write): { status: number; [field: string]: unknown } {
      const { _index, _id, version } = target;
      const failed = (status: number, type: string, reason: string) => ({
        _index,
        _id,
        status,
        error: { type, reason },
      });
      const [name] = this.meant(_index).filter((name) => name !== _index);
      if (name === undefined) return failed(404, "index_not_found_exception", `no such alias [${_index}]`);
      const known = state.prepare("select version, source from search_documents where name = ? and id = ?")
        .get(name, _id) as { version: number; source: string | null } | undefined;
      if (known && version <= known.version) {
        return failed(
          409,
          "version_conflict_engine_exception",
          `current version [${known.version}] is higher or equal`,
        );
      }
      const index = opened(name);
      const unknown = action === "index" ? unknownFieldOf(index.body.mappings, source) : null;
      if (unknown) {
        return failed(400, "strict_dynamic_mapping_exception", `introduction of [${unknown}] is not allowed`);
      }
      state.prepare("insert or replace into search_documents values (?, ?, ?, ?)")
        .run(name, _id, version, action === "index" ? JSON.stringify(source) : null);
      if (action === "index") index.documents.set(_id, documentOf(_id, source, index));
      else index.documents.delete(_id);
      const result = action === "delete"
        ? known?.source ? "deleted" : "not_found"
        : known?.source
        ? "updated"
        : "created";
      return {
        _index: name,
        _id,
        _version: version,
        result,
        status: { not_found: 404, created: 201 }[result as string] ?? 200,
      };
    },
  };
}

function fieldOf(mappings: Json, field: string): Json {
  return field.split(".").reduce((mapping, name) => mapping?.properties?.[name], mappings ?? {});
}

/** Returns the first field that strict mappings do not have; null if they have all. */
function unknownFieldOf(mappings: Json, source: Json, path = ""): string | null {
  for (const [name, value] of Object.entries(source)) {
    const mapping = mappings.properties?.[name];
    if (!mapping) return path + name;
    const inner = mapping.properties ? unknownFieldOf(mapping, value, `${path}${name}.`) : null;
    if (inner) return inner;
  }
  return null;
}

function documentOf(id: string, source: Json, { analyzer }: Pick<Index, "analyzer">): Document {
  const values: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(source)) {
    if (value === null || typeof value !== "object" || Array.isArray(value)) values[name] = value;
    else for (const [inner, text] of Object.entries(value)) values[`${name}.${inner}`] = text;
  }
  const tokens = Object.entries(values).flatMap(([field, value]) => {
    const read = analyzer(field);
    return read ? [[field, read(String(value))]] : [];
  });
  return { id, values, tokens: Object.fromEntries(tokens) };
}
