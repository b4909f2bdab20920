import assert from "node:assert/strict";
import { readReceiptNumber, writeReceiptNumber } from "../../../domain/orders/receipt_number.ts";

Deno.test("a receipt number is written with six digits or more, and read back", () => {
  assert.equal(writeReceiptNumber(42n), "R-000042");
  assert.equal(writeReceiptNumber(1234567n), "R-1234567");
  for (const text of ["R-000042", "r-42", " 42 "]) assert.equal(readReceiptNumber(text), 42n, text);
  for (const text of ["", "R-", "42a", "-42", "1".repeat(16)]) {
    assert.equal(readReceiptNumber(text), null, text);
  }
});
