// SPDX-License-Identifier: Apache-2.0
// Fetches what the workers need: their script, the engine, chosen by probing, and what writes and opens containers.
import relaxedUrl from "../../build/wasm-relaxed/src/bindings/pith_engine.wasm?url";
import containersUrl from "../../build/wasm-simd/src/bindings/pith_container.wasm?url";
import simdUrl from "../../build/wasm-simd/src/bindings/pith_engine.wasm?url";
import { selectVariant } from "./api/select_variant";
import type { EngineFiles } from "./worker/protocol";
import workerUrl from "./worker/worker?worker&url";

async function fetchFile(url: string): Promise<Response> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`The server answered ${response.status} for a part of this page.`);
  return response;
}

async function compile(url: string): Promise<WebAssembly.Module> {
  const response = await fetchFile(url);
  const isNamedRight = response.headers.get("Content-Type") === "application/wasm";
  return isNamedRight ? WebAssembly.compileStreaming(response) : WebAssembly.compile(await response.arrayBuffer());
}

/**
 * @param sameBits  whether features are to be the same on every computer, to the bit (docs/reproducibility.md)
 * @returns  the worker's script, kept in memory so that a worker can be started anew when the server is gone, and the modules;
 *           null where the browser is too old
 * @throws   where a file cannot be had
 */
export async function fetchEngineFiles({ sameBits }: { sameBits: boolean }): Promise<{ script: string; files: EngineFiles } | null> {
  const fastest = selectVariant();
  if (!fastest) return null;
  const variant = sameBits ? "simd" : fastest;
  const [script, compiled, containers] = await Promise.all([
    fetchFile(workerUrl).then(async (response) => URL.createObjectURL(await response.blob())),
    compile(variant === "relaxed" ? relaxedUrl : simdUrl),
    compile(containersUrl),
  ]);
  return { script, files: { engine: { variant, compiled }, containers } };
}
