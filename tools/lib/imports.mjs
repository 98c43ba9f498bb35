import ts from 'typescript';

/**
 * @typedef {{ specifier: string, typeOnly: boolean }} Import
 */

/**
 * The modules that a source file imports or exports from, dynamic imports and import types included.
 *
 * @param {string} file for the syntax that its name stands for
 * @param {string} text
 * @returns {Import[]}
 */
export function importsOf(file, text) {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest);
  /** @type {Import[]} */
  const imports = [];
  /** @param {ts.Node | undefined} node @param {boolean} typeOnly */
  const add = (node, typeOnly) => {
    if (node && ts.isStringLiteralLike(node)) imports.push({ specifier: node.text, typeOnly });
  };
  /** @param {ts.Node} node */
  const visit = (node) => {
    if (ts.isImportDeclaration(node)) {
      add(node.moduleSpecifier, node.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword);
    } else if (ts.isExportDeclaration(node)) {
      add(node.moduleSpecifier, node.isTypeOnly);
    } else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) {
      add(node.argument.literal, true);
    } else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      add(node.arguments[0], false);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return imports;
}
