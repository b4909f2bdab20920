import type { Money } from "../../domain/money.ts";

/** An item as JSON. JSON has neither 64-bit integers nor dates, so both are text. */
export type AsJson<Item> = { [Field in keyof Item]: JsonOf<Item[Field]> };
type JsonOf<Value> = Value extends bigint | Date ? string
  : Value extends (infer Element extends object)[] ? AsJson<Element>[]
  : Value;

/** The fields of an item that are text in JSON, each with its type. A missing one does not compile. */
type TextFields<Item> =
  & { [Field in keyof Item as NonNullable<Item[Field]> extends bigint ? Field : never]-?: "amount" }
  & { [Field in keyof Item as NonNullable<Item[Field]> extends Date ? Field : never]-?: "date" };

/** Returns an item with its amounts as BigInt and its dates as Date; null stays null. Lists within it stay as they are. */
export function fromJson<Item>(json: AsJson<Item>, fields: TextFields<Item>): Item {
  const item: Record<string, unknown> = { ...json };
  for (const field in fields) {
    const text = item[field] as string | null | undefined ?? null;
    item[field] = text === null ? null : fields[field as never] === "amount" ? BigInt(text) : new Date(text);
  }
  return item as Item;
}

export function moneyFromJson(json: AsJson<Money>): Money {
  return fromJson<Money>(json, { amount: "amount" });
}
