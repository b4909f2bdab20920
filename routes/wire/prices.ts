import { decimalAmount, type Money } from "../../domain/money.ts";

/** An amount as the wire has it among several currencies. */
export const toPrice = (money: Money) => ({ price: decimalAmount(money), currency: money.currency });
