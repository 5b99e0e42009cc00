// SPDX-License-Identifier: Apache-2.0
// How much memory of WebAssembly a thread has made: the same question for every engine.

const memories = new Set();

function note(object) {
  if (object instanceof WebAssembly.Memory) memories.add(object);
}

function noteAll(instance, imports) {
  for (const value of Object.values(instance.exports)) note(value);
  for (const part of Object.values(imports ?? {})) for (const value of Object.values(part ?? {})) note(value);
}

/** Watches every module that this thread makes from now on. */
export function watchMemory() {
  const { Instance, instantiate, instantiateStreaming } = WebAssembly;
  WebAssembly.Instance = new Proxy(Instance, { construct(target, args) {
    const instance = new target(...args);
    noteAll(instance, args[1]);
    return instance;
  } });
  const watched = (call) => async (source, imports) => {
    const result = await call.call(WebAssembly, source, imports);
    noteAll(result.instance ?? result, imports);
    return result;
  };
  WebAssembly.instantiate = watched(instantiate);
  if (instantiateStreaming) WebAssembly.instantiateStreaming = watched(instantiateStreaming);
}

/** Shared memory of several threads counts once. */
export const memoryBytes = () => [...memories].reduce((sum, memory) => sum + memory.buffer.byteLength, 0);
