import ts from 'typescript';

/**
 * The names that a module exports, types included.
 *
 * @param {string} file a declaration file
 * @returns {Set<string>}
 */
export function exportedNames(file) {
  const program = ts.createProgram([file], {
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    noLib: true,
  });
  const source = program.getSourceFile(file);
  const checker = program.getTypeChecker();
  const module = source && checker.getSymbolAtLocation(source);
  return new Set(module ? checker.getExportsOfModule(module).map(({ name }) => name) : []);
}
