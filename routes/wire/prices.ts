import { decimalAmount, type Money } from "../../domain/money.ts";

/** Converts an amount to the wire's shape in a list of currencies. */
export const toPrice = (money: Money) => ({ price: decimalAmount(money), currency: money.currency });
