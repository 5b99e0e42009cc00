// SPDX-License-Identifier: Apache-2.0

type Factory<Module> = (options: object) => Promise<Module>;

/**
 * Makes an instance of a module that Emscripten linked and that was compiled before.
 * @param create  the module's factory, whose own promise stays open for ever where the instantiation fails
 * @throws        what WebAssembly says, for example that there is no memory left
 */
export function instantiate<Module>(create: Factory<Module>, compiled: WebAssembly.Module): Promise<Module> {
  return new Promise((resolve, reject) => {
    const instantiateWasm = (imports: WebAssembly.Imports, done: (instance: WebAssembly.Instance) => void) => {
      WebAssembly.instantiate(compiled, imports).then(done).catch(reject);
      return {};
    };
    create({ instantiateWasm }).then(resolve, reject);
  });
}
