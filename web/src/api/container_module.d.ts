// TypeScript bindings for emscripten-generated code.  Automatically generated at compile time.
declare namespace RuntimeExports {
    let HEAPF32: any;
    let HEAPF64: any;
    let HEAP_DATA_VIEW: any;
    let HEAP8: any;
    let HEAPU8: any;
    let HEAP16: any;
    let HEAPU16: any;
    let HEAP32: any;
    let HEAPU32: any;
    let HEAP64: any;
    let HEAPU64: any;
}
interface WasmModule {
}

type EmbindString = ArrayBuffer|Uint8Array|Uint8ClampedArray|Int8Array|string;
export interface ContainerWriter {
  setProbe(features: Float32Array): import('./result').Result<null>;
  toBytes(seed: Uint8Array): import('./result').Result<Uint8Array<ArrayBuffer>>;
  add(features: Float32Array, record: EmbindString): import('./result').Result<null>;
  delete(): void;
}

interface EmbindModule {
  ContainerWriter: {
    create(dataset: EmbindString, encoder: EmbindString, labelColumns: EmbindString, featureType: EmbindString): import('./result').Result<ContainerWriter>;
  };
  describeContainer(file: Uint8Array): import('./result').Result<string>;
  verifyContainer(file: Uint8Array): import('./result').Result<null>;
}

export type MainModule = WasmModule & typeof RuntimeExports & EmbindModule;
export default function MainModuleFactory (options?: unknown): Promise<MainModule>;
