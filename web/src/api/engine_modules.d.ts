// SPDX-License-Identifier: Apache-2.0
// The modules that Emscripten links; vite.config.ts says where they lie.
declare module "pith-engine/simd" {
  const create: typeof import("./engine").default;
  export default create;
}
declare module "pith-engine/relaxed" {
  const create: typeof import("./engine").default;
  export default create;
}
declare module "pith-engine/container" {
  const create: typeof import("./container_module").default;
  export default create;
}
