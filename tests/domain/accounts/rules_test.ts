import assert from "node:assert/strict";
import { isEmailAddress, normaliseEmail } from "../../../domain/accounts/email_address.ts";
import { linkHolds } from "../../../domain/accounts/links.ts";
import { containsAddress, requireGoodPassword } from "../../../domain/accounts/password_rule.ts";
import { type LinkPurpose, ROLE, type User } from "../../../domain/accounts/ports.ts";
import { NOW } from "../../support/memory_shop.ts";

Deno.test("normaliseEmail returns one form per address", () => {
  const spellings: [string, string][] = [
    ["  Jose\u0301@Example.COM ", "jos\u00e9@example.com"],
    ["\u200bada@example.com\ufeff", "ada@example.com"],
    ["Ivan@ПРИМЕР.рф", "ivan@xn--e1afmkfd.xn--p1ai"],
    ["ivan@XN--E1AFMKFD.xn--p1ai", "ivan@xn--e1afmkfd.xn--p1ai"],
    ["ada@mu\u0308nchen.de", "ada@xn--mnchen-3ya.de"],
    ["ada@ｅxample。com", "ada@example.com"],
    ["nobody", "nobody"],
    ["a@[127.0.0.1]", "a@[127.0.0.1]"],
  ];
  for (const [typed, one] of spellings) {
    assert.equal(normaliseEmail(typed), one);
    assert.equal(normaliseEmail(one), one, "which stays");
  }
});

Deno.test("isEmailAddress recognises impossible addresses", () => {
  for (
    const address of [
      "a@example.com",
      "jose@exämple.co.uk",
      "a.b+c@x.io",
      "ivan@пример.рф",
      "o'neil@x.museum",
    ]
  ) {
    assert.ok(isEmailAddress(normaliseEmail(address)), address);
  }
  for (
    const address of [
      "",
      "a",
      "@b.cd",
      "a@b",
      "a b@c.de",
      "a@b..cd",
      `${"x".repeat(65)}@b.cd`,
      `a@${"x".repeat(64)}.de`,
      "a@b@c.de",
      "a..b@c.de",
      ".a@c.de",
      "a@-b.de",
      "a@127.0.0.1",
      "jörg@c.de",
      "a\u200bb@c.de",
    ]
  ) {
    assert.ok(!isEmailAddress(address), address);
  }
});

for (
  const [password, email, contains] of [
    ["xx-ADA@example.com-xx", "ada@example.com", true],
    ["grace-hopper-1906", "grace@navy.mil", true],
    ["adamant lion tooth", "ada@example.com", false],
    ["three odd words", "grace@navy.mil", false],
  ] as const
) {
  Deno.test(`containsAddress finds ${contains ? "" : "no "}${email} in ${password}`, () => {
    assert.equal(containsAddress(password, email), contains);
  });
}

Deno.test("requireGoodPassword gives advice under the field's name", async () => {
  const refusal = (password: string) =>
    requireGoodPassword({ passwordStrength: { isGuessable: () => Promise.resolve(true) } }, {
      password,
      email: "grace@navy.mil",
      field: "new_password",
    }).then(() => [], (error) => error.details.fields.new_password as string[]);
  assert.match((await refusal("grace-hopper"))[0]!, /does not contain your e-mail address/);
  assert.match((await refusal("12345678"))[0]!, /three or four words/);
});

const ada: User = {
  id: "u1",
  email: "ada@example.com",
  pendingEmail: "ada@new.example",
  firstName: "Ada",
  lastName: "",
  username: "",
  phone: "",
  language: "en",
  avatarKey: null,
  role: ROLE.user,
  emailVerifiedAt: null,
  deactivatedAt: null,
  createdAt: NOW,
  updatedAt: NOW,
};

for (
  const [purpose, email, what, change, version, good] of [
    ["verify_email", "ada@example.com", "while the address is not verified", {}, 2, true],
    ["verify_email", "ada@example.com", "once the address is verified", { emailVerifiedAt: NOW }, 2, false],
    ["verify_email", "ada@former.example", "for another address", {}, 2, false],
    ["change_email", "ada@new.example", "while that address is wanted", {}, 1, true],
    ["change_email", "ada@new.example", "once it is the account's", { pendingEmail: null }, 1, false],
    ["change_email", "ada@new.example", "once the password was changed", {}, 2, false],
    ["reset_password", "ada@example.com", "while the password is the same", {}, 1, true],
    ["reset_password", "ada@example.com", "once the password was changed", {}, 2, false],
    ["reset_password", "ada@former.example", "once the address was changed", {}, 1, false],
    ["reset_password", "ada@example.com", "of a deactivated account", { deactivatedAt: NOW }, 1, false],
  ] satisfies [LinkPurpose, string, string, Partial<User>, number, boolean][]
) {
  Deno.test(`a ${purpose} link is ${good ? "good" : "void"} ${what}`, () => {
    const claim = { userId: "u1", email, version: 1 };
    assert.equal(linkHolds(purpose, claim, { user: { ...ada, ...change }, passwordHash: "", version }), good);
  });
}
