// SPDX-License-Identifier: Apache-2.0
// What is measured: models, how their images are prepared, and who runs them.

const imagenet = { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] };
const grey = (mean) => ({ mean: [mean, mean, mean], std: [0.5, 0.5, 0.5] });
const pith = ["pith-relaxed", "pith-simd"];

const onnx = (name, title, peers) => ({ title, file: `${name}.onnx`, sidePx: 224, ...imagenet, engines: [...pith, ...peers], places: ["chromium", "node"] });

/**
 * `output` is what a peer gives that runs the whole network: Pith takes its features there when answers are compared, pooled
 * where it takes what is pooled for the pooled vector. Bytes that come in are the image's own: the recipe's mean is the zero
 * point. Bytes that come out are (q - zeroPoint) * scale.
 */
const tflite = (file, title, more) => ({ title, file: `/shared/${file}`, engines: [...pith, "litert"], places: ["chromium"], ...more });

export const catalogue = {
  mobilenet_v2: onnx("mobilenet_v2", "MobileNetV2, float32, 224 px", ["onnxruntime-web", "tfjs-wasm"]),
  resnet50: onnx("resnet50", "ResNet-50, float32, 224 px", ["onnxruntime-web", "tfjs-wasm"]),
  densenet121: onnx("densenet121", "DenseNet-121, float32, 224 px", ["onnxruntime-web", "tfjs-wasm"]),
  mobilenet_v2_qdq: { ...onnx("mobilenet_v2_qdq", "MobileNetV2, int8 (ONNX, QDQ), 224 px", ["onnxruntime-web"]), isQuantized: true, beside: "mobilenet_v2" },
  mobilenet_v2_int8: tflite("coral/tf2_mobilenet_v2_1.0_224_ptq.tflite", "MobileNetV2, int8 (TFLite), 224 px",
    { sidePx: 224, ...grey(127 / 255), isQuantized: true, output: { tensor: "Identity", scale: 1 / 256, zeroPoint: 0 }, beside: "mobilenet_v2" }),
  mobilenet_v1_int8: tflite("coral/mobilenet_v1_1.0_224_quant_embedding_extractor.tflite", "MobileNetV1 without head, int8 (TFLite), 224 px",
    { sidePx: 224, mean: [128 / 255, 128 / 255, 128 / 255], std: [128 / 255, 128 / 255, 128 / 255], isQuantized: true,
      output: { tensor: "MobilenetV1/Logits/AvgPool_1a/AvgPool", pooling: "average", scale: 0.0235285, zeroPoint: 0 } }),
  vww_float: tflite("mlperf-tiny/vww_96_float.tflite", "MobileNetV1 0.25 of MLPerf Tiny, float32 (TFLite), 96 px",
    { sidePx: 96, ...grey(0.5), output: { tensor: "Identity" } }),
};
