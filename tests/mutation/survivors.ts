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
    line: 'return toEvent(await construct(body, signature ?? "", config.webhookSecrets), body);',
    change: 'signature ?? "" -> signature!',
    why: "The SDK refuses no header at all as it refuses an empty one: the operand is for the compiler.",
  },
  {
    file: "domain/settlement/line_balance.ts",
    line: "const min = (a: bigint, b: bigint) => a < b ? a : b;",
    change: "< -> <=",
    why: "Of two equal amounts either is the smaller.",
  },
];
