// SPDX-License-Identifier: Apache-2.0
import * as tf from "@tensorflow/tfjs-core";
import * as wasm from "@tensorflow/tfjs-backend-wasm";

export { tf, wasm };
