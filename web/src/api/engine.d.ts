// TypeScript bindings for emscripten-generated code.  Automatically generated at compile time.
interface WasmModule {
}

export interface Extractor {
  info(): string;
  extract(imageFile: Uint8Array, thumbnailSidePx: number): import('./result').Result<import('./result').Extraction>;
  delete(): void;
}

export interface ContainerWriter {
  add(features: Float32Array, record: string): import('./result').Result<null>;
  toBytes(featureType: string, seed: Uint8Array): import('./result').Result<Uint8Array<ArrayBuffer>>;
  delete(): void;
}

interface EmbindModule {
  Extractor: {
    load(modelFile: Uint8Array, manifest: string): import('./result').Result<Extractor>;
  };
  ContainerWriter: {
    create(dataset: string, encoder: string, labelColumns: string): import('./result').Result<ContainerWriter>;
  };
  describeContainer(file: Uint8Array): import('./result').Result<string>;
  verifyContainer(file: Uint8Array): import('./result').Result<null>;
  version(): string;
  memoryBytes(): number;
}

export type MainModule = WasmModule & EmbindModule;
export default function MainModuleFactory (options?: unknown): Promise<MainModule>;
