import ts from "typescript";

/** One change of a source file: the text from `start` to `end` becomes `replacement`. */
export type Mutant = { start: number; end: number; replacement: string; kind: string };

const COMPARISONS: Record<string, string[]> = {
  "<": ["<=", ">"],
  "<=": ["<", ">"],
  ">": [">=", "<"],
  ">=": [">", "<"],
  "===": ["!=="],
  "!==": ["==="],
};
const ARITHMETIC: Record<string, string[]> = {
  "+": ["-"],
  "-": ["+"],
  "*": ["/"],
  "/": ["*"],
  "%": ["*"],
  "+=": ["-="],
  "-=": ["+="],
};
/** Calls that are left out: what they are called on stands in their place. */
const FILTERS = new Set([
  "filter",
  "sort",
  "reverse",
  "slice",
  "trim",
  "toLowerCase",
  "toUpperCase",
  "normalize",
]);
const QUANTIFIERS: Record<string, string> = { some: "every", every: "some" };

/**
 * Every change that a careless hand could make to a rule, one place at a time: comparisons and their boundaries, negations,
 * operands and constants, conditions, statements, `case`s, filters, and elements of lists. Types, imports and sentences
 * for people are left alone.
 */
export function mutantsOf(source: string): Mutant[] {
  const file = ts.createSourceFile("source.ts", source, ts.ScriptTarget.Latest, true);
  const found = new Map<string, Mutant>();

  function add(node: ts.Node, replacement: string, kind: string, end = node.getEnd()) {
    const start = node.getStart(file);
    if (source.slice(start, end) === replacement) return;
    found.set(`${start}:${end}:${replacement}`, { start, end, replacement, kind });
  }

  function visit(node: ts.Node) {
    if (ts.isTypeNode(node) || ts.isImportDeclaration(node) || ts.isTypeAliasDeclaration(node)) return;
    if (ts.isInterfaceDeclaration(node) || ts.isExportDeclaration(node)) return;
    if (ts.isBinaryExpression(node)) binary(node);
    if (ts.isPrefixUnaryExpression(node) && node.operator === ts.SyntaxKind.ExclamationToken) {
      add(node, node.operand.getText(file), "negation");
    }
    if (ts.isNumericLiteral(node) || ts.isBigIntLiteral(node)) constant(node);
    if (ts.isStringLiteral(node) && isCode(node)) add(node, '""', "code");
    if (node.kind === ts.SyntaxKind.TrueKeyword) add(node, "false", "constant");
    if (node.kind === ts.SyntaxKind.FalseKeyword) add(node, "true", "constant");
    if (ts.isIfStatement(node) || ts.isWhileStatement(node)) condition(node.expression);
    if (ts.isConditionalExpression(node)) condition(node.condition);
    if (ts.isReturnStatement(node) && node.expression && ts.isBlock(node.parent)) add(node, "", "statement");
    if (
      ts.isThrowStatement(node) || ts.isBreakStatement(node) && !endsSwitch(node) ||
      ts.isContinueStatement(node) ||
      ts.isExpressionStatement(node)
    ) add(node, ts.isBlock(node.parent) || ts.isCaseOrDefaultClause(node.parent) ? "" : "{}", "statement");
    if (ts.isCaseClause(node)) add(node, "", "case", afterLabel(node));
    if (ts.isCallExpression(node)) call(node);
    if (ts.isArrayLiteralExpression(node)) {
      for (const element of node.elements) {
        const rest = node.elements.filter((other) => other !== element).map((other) => other.getText(file));
        add(node, `[${rest.join(", ")}]`, "element");
      }
    }
    ts.forEachChild(node, visit);
  }

  function binary(node: ts.BinaryExpression) {
    const [left, operator, right] = [node.left, node.operatorToken.getText(file), node.right];
    for (const other of COMPARISONS[operator] ?? []) add(node.operatorToken, other, "comparison");
    for (const other of ARITHMETIC[operator] ?? []) add(node.operatorToken, other, "arithmetic");
    if (operator === "&&" || operator === "||") {
      add(node.operatorToken, operator === "&&" ? "||" : "&&", "logic");
      add(node, left.getText(file), "operand");
      add(node, right.getText(file), "operand");
    }
    if (operator === "??") {
      add(node, `${left.getText(file)}!`, "operand");
      add(node, right.getText(file), "operand");
    }
  }

  function constant(node: ts.NumericLiteral | ts.BigIntLiteral) {
    const suffix = ts.isBigIntLiteral(node) ? "n" : "";
    const value = Number(node.text.replace("n", ""));
    for (const other of [value + 1, value - 1]) {
      add(node, `${other}${suffix}`.replace(/^(-.*)$/, "($1)"), "constant");
    }
  }

  function condition(node: ts.Expression) {
    if (node.kind === ts.SyntaxKind.TrueKeyword) return;
    // The type checker must go on seeing what the condition proves.
    add(node, `((${node.getText(file)}) || true)`, "condition");
    add(node, `((${node.getText(file)}) && false)`, "condition");
  }

  function call(node: ts.CallExpression) {
    if (!ts.isPropertyAccessExpression(node.expression)) return;
    const { name, expression } = node.expression;
    if (FILTERS.has(name.text)) add(node, expression.getText(file), "filter");
    const other = QUANTIFIERS[name.text];
    if (other) add(name, other, "quantifier");
  }

  /** Whether the text is a code or a key, not a sentence for people. */
  function isCode(node: ts.StringLiteral): boolean {
    return node.text !== "" && !/[ .]/.test(node.text) && !ts.isLiteralTypeNode(node.parent) &&
      !ts.isCaseClause(node.parent);
  }

  /** Whether the `break` is the last statement of the last `case`, after which nothing is left to fall into. */
  function endsSwitch(node: ts.BreakStatement): boolean {
    const block = ts.isBlock(node.parent) ? node.parent : null;
    const clause = block?.parent ?? node.parent;
    return ts.isCaseOrDefaultClause(clause) && clause === clause.parent.clauses.at(-1) &&
      node === (block ?? clause).statements.at(-1);
  }

  /** Where the label of a `case` ends: without it, its statements belong to the one before. */
  function afterLabel(node: ts.CaseClause): number {
    return source.indexOf(":", node.expression.getEnd()) + 1;
  }

  visit(file);
  return [...found.values()].sort((a, b) => a.start - b.start);
}

/** The source with the change made. */
export function applied(source: string, { start, end, replacement }: Mutant): string {
  return source.slice(0, start) + replacement + source.slice(end);
}
