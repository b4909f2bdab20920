/** A change that no test can notice, and why it is harmless. */
export type Survivor = {
  file: string;
  /** The line that is changed, without its indentation. */
  line: string;
  /** As `deno task mutate` prints it: what was there -> what took its place. */
  change: string;
  why: string;
};

export const SURVIVORS: Survivor[] = [
  {
    file: "domain/checkout/close_page.ts",
    line: "for (let at = 0; at < orders.length; at += AT_A_TIME) {",
    change: "< -> <=",
    why: "The round more is one of no orders.",
  },
  {
    file: "adapters/stripe/events.ts",
    line: 'await requireSignature(body, signature ?? "", config.webhookSecrets);',
    change: 'signature ?? "" -> signature!',
    why: "The SDK refuses no header at all as it refuses an empty one: the operand is for the compiler.",
  },
  {
    file: "domain/promotions/discount.ts",
    line: "return split(amount < eligible ? amount : eligible);",
    change: "< -> <=",
    why: "Of two equal amounts either is the smaller.",
  },
  {
    file: "domain/settlement/judge.ts",
    line: "const rank = (payment: Payment) => !stands(payment) ? 2 : payment.isSuspended ? 1 : 0;",
    change: "2 -> 3",
    why: "Ranks are compared, and the last stays the last.",
  },
  {
    file: "domain/settlement/judge.ts",
    line: "const rank = (payment: Payment) => !stands(payment) ? 2 : payment.isSuspended ? 1 : 0;",
    change: "0 -> (-1)",
    why: "Ranks are compared, and the first stays the first.",
  },
  {
    file: "domain/settlement/judge.ts",
    line: "(a.session.sessionId < b.session.sessionId ? -1 : 1);",
    change: "< -> <=",
    why: "No two sessions have one id.",
  },
  {
    file: "domain/settlement/judge.ts",
    line: "(a.session.sessionId < b.session.sessionId ? -1 : 1);",
    change: "1 -> 2",
    why: "Of what a comparison answers only the sign counts.",
  },
  {
    file: "domain/settlement/judge.ts",
    line: "(a.session.sessionId < b.session.sessionId ? -1 : 1);",
    change: "1 -> 0",
    why: "One of two signs is enough: a sort leaves alone what it finds in order.",
  },
  {
    file: "domain/settlement/line_balance.ts",
    line: "const min = (a: bigint, b: bigint) => a < b ? a : b;",
    change: "< -> <=",
    why: "Of two equal amounts either is the smaller.",
  },
];
