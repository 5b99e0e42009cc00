// SPDX-License-Identifier: Apache-2.0
// Which of the two WebAssembly modules this browser can run: asked of the browser itself, never guessed from its name.

export type Variant = "relaxed" | "simd";

const header = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00];
const oneFunction = [0x03, 0x02, 0x01, 0x00];
const emptyType = [0x01, 0x04, 0x01, 0x60, 0x00, 0x00]; // () -> ()
const vectorType = [0x01, 0x08, 0x01, 0x60, 0x03, 0x7b, 0x7b, 0x7b, 0x01, 0x7b]; // (v128, v128, v128) -> v128

/** Modules of one function each, whose body uses the very instruction that is asked for. */
const probes = {
  // i32.const 0, i8x16.splat, drop
  simd: [...header, ...emptyType, ...oneFunction, 0x0a, 0x09, 0x01, 0x07, 0x00, 0x41, 0x00, 0xfd, 0x0f, 0x1a, 0x0b],
  // local.get 0, 1, 2, f32x4.relaxed_madd
  relaxed: [...header, ...vectorType, ...oneFunction, 0x0a, 0x0d, 0x01, 0x0b, 0x00, 0x20, 0x00, 0x20, 0x01, 0x20, 0x02,
    0xfd, 0x85, 0x02, 0x0b],
  // try, catch_all, end
  exceptions: [...header, ...emptyType, ...oneFunction, 0x0a, 0x08, 0x01, 0x06, 0x00, 0x06, 0x40, 0x19, 0x0b, 0x0b],
};

type Validate = (bytes: Uint8Array<ArrayBuffer>) => boolean;

/** The faster variant that `validate` accepts, or null where the browser is too old for both. */
export function selectVariant(validate: Validate = (bytes) => WebAssembly.validate(bytes)): Variant | null {
  const supports = (probe: keyof typeof probes) => validate(new Uint8Array(probes[probe]));
  if (!supports("simd") || !supports("exceptions")) return null;
  return supports("relaxed") ? "relaxed" : "simd";
}
