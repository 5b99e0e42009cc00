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
export interface Extractor {
  probe(): import('./result').Result<Float32Array<ArrayBuffer>>;
  extract(imageFile: Uint8Array, thumbnailSidePx: number): import('./result').Result<import('./result').Extraction>;
  info(): string;
  delete(): void;
}

interface EmbindModule {
  Extractor: {
    load(modelFile: Uint8Array | import('./model_source').ModelSource, manifest: EmbindString, sha256: EmbindString): import('./result').Result<Extractor>;
    loadOwn(modelFile: Uint8Array | import('./model_source').ModelSource, encoder: EmbindString, sha256: EmbindString): import('./result').Result<Extractor>;
  };
  memoryBytes(): number;
  inspectModel(modelFile: Uint8Array | import('./model_source').ModelSource, recipe: EmbindString): import('./result').Result<import('./result').Inspection>;
  version(): string;
}

export type MainModule = WasmModule & typeof RuntimeExports & EmbindModule;
export default function MainModuleFactory (options?: unknown): Promise<MainModule>;
