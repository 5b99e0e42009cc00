// SPDX-License-Identifier: Apache-2.0

/** What the factory of a module that Emscripten linked is given, for a module that was compiled before. */
export function instantiate(compiled: WebAssembly.Module): object {
  return {
    instantiateWasm: (imports: WebAssembly.Imports, done: (instance: WebAssembly.Instance) => void) => {
      WebAssembly.instantiate(compiled, imports).then(done);
      return {};
    },
  };
}
