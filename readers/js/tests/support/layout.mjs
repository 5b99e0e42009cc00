// SPDX-License-Identifier: Apache-2.0
// The layout of container.capnp as the `capnp` tool prints it: name:type@bit, or @pN for pointer N.
export const structs = `
Header writer:Text@p0 recordCount:UInt64@0 dataset:Dataset@p1 encoders:List(Encoder)@p2 features:List(FeatureBlock)@p3
  labels:List(LabelColumn)@p4 sections:List(Section)@p5 groupings:List(Grouping)@p6 splits:List(Split)@p7 heads:List(Head)@p8
  documents:List(Document)@p9 transforms:List(Text)@p10 notKnown:List(Text)@p11 savings:Savings@p12
Dataset title:Text@p0 author:Text@p1 contact:Text@p2 source:Text@p3 licence:Text@p4 notes:Text@p5 version:Text@p6
  identifier:Text@p7 citation:Text@p8 augmentation:Text@p9 original:Provenance@p10 contacts:List(Contact)@p11
Provenance author:Text@p0 source:Text@p1 licence:Text@p2
Contact name:Text@p0 kind:EntityKind@0 email:Text@p1 role:Text@p2
Document fileName:Text@p0 mediaType:Text@p1 title:Text@p2 shortDescription:Text@p3 longDescription:Text@p4 author:Text@p5
  credits:Text@p6 licence:Text@p7 date:Text@p8 originallyAvailableAt:Text@p9 howToCite:Text@p10 publishedAt:Text@p11
  contact:Text@p12 version:Text@p13
Savings originalCount:UInt64@0 originalBytes:UInt64@64 encodingSeconds:Float64@128 loadingSeconds:Float64@192
  headSeconds:Float64@256 epochs:UInt32@320
Encoder name:Text@p0 modelSha256:Data@p1 recipe:Text@p2 tap:Text@p3 tapShape:List(UInt32)@p4 pooling:Pooling@0 engine:Text@p5
  featureCount:UInt32@32 poolingPower:Float32@64 family:Text@p6 type:Text@p7 architectureSource:Text@p8 weightsSource:Text@p9
  licence:Text@p10 citation:Text@p11 model:List(Entry)@p12 dataProcessing:List(Entry)@p13 performance:List(Entry)@p14
  training:List(Entry)@p15
Entry key:Text@p0 value:Text@p1
FeatureBlock encoder:UInt32@0 maxAbsoluteError:Float64@64 rootMeanSquareError:Float64@128 relativeL2Error:Float64@192 name:Text@p0
  duplicateCount:UInt64@256
LabelColumn name:Text@p0 type:LabelType@0 categories:List(Text)@p1 role:ColumnRole@16 unit:Text@p2 codingSystem:Text@p3
  code:Text@p4 codes:List(Text)@p5 description:Text@p6 groupingPlus1:UInt32@32 missingCount:UInt64@64 uncertainCount:UInt64@128
  counts:List(UInt64)@p7 minimum:Float64@192 maximum:Float64@256
Grouping name:Text@p0 groupCount:UInt64@0 description:Text@p1
Split name:Text@p0 kind:SplitKind@0 parts:List(Text)@p1 groupingPlus1:UInt32@32 groupsInSeveralParts:UInt64@64
  stratifiedByPlus1:UInt32@128 hasSeed:Bool@16 seed:UInt64@192 method:Text@p2 counts:List(UInt64)@p3
Head name:Text@p0 task:HeadTask@0 label:UInt32@32 features:List(UInt32)@p1 splitPlus1:UInt32@64 layers:List(Layer)@p2 loss:Loss@16
  classWeights:List(Float32)@p3 optimizer:Optimizer@96 learningRate:Float64@128 momentum:Float64@192 weightDecay:Float64@256
  batchSize:UInt32@320 epochs:UInt32@352 seed:UInt64@384 scoreMetric:Text@p4 score:Float64@448 scoreLow:Float64@512
  scoreHigh:Float64@576 scorePartPlus1:UInt32@640 note:Text@p5
Layer kind:LayerKind@0 outputs:UInt32@32 rate:Float32@64 epsilon:Float32@96
Section name:Text@p0 type:ElementType@0 required:Bool@16 offset:UInt64@64 length:UInt64@128 shape:List(UInt64)@p1 sha256:Data@p2
  encoding:Encoding@32
`;

export const enumerations = {
  EntityKind: "unspecified person researcher university researchCentre hospital company authority",
  Pooling: "average none maximum averageAndMaximum generalizedMean classToken",
  LabelType: "categorical number text ordinal multiLabel year",
  ColumnRole: "label information",
  SplitKind: "holdout folds",
  HeadTask: "classification multiLabel regression",
  LayerKind: "standardize l2Normalize linear relu gelu tanh sigmoid dropout batchNormalization layerNormalization",
  Loss: "crossEntropy binaryCrossEntropy meanSquaredError meanAbsoluteError",
  Optimizer: "sgd adam adamW lbfgs",
  ElementType: "unspecified f32 f16 i8 u8 u32 u64 f64 i32 bf16 i4",
  Encoding: "raw zstd zstdShuffled",
};
