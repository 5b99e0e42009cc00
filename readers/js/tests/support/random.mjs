// SPDX-License-Identifier: Apache-2.0
/** A generator of numbers from 0 to `below` - 1 that gives the same ones for the same seed (xorshift32). */
export function generator(seed) {
  let state = seed | 1;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}
