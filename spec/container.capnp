# SPDX-License-Identifier: Apache-2.0
# The header of a `.pith` file, version 1. container.md says what surrounds it and what binds; where the two differ,
# container.md is right. New fields are only ever appended, so that older readers skip them.
#
# A reference to an entry of another list is its number plus one where 0 means none; such fields end in "Plus1".
@0x9ea94ab1e4ec78e1;

# The C++ plugin knows this annotation by its number; declared here, the schema needs no import.
annotation namespace @0xb9c6f99ebf805f2c (file) :Text;
$namespace("pith::schema");

struct Header {
  writer @0 :Text;                   # program and version that wrote the file
  recordCount @1 :UInt64;            # N; equals the preamble's
  dataset @2 :Dataset;
  encoders @3 :List(Encoder);        # at least one
  features @4 :List(FeatureBlock);   # at least one; block i is the section "features/i", and block 0 the preamble's
  labels @5 :List(LabelColumn);      # column k is the sections "labels/k/..."
  sections @6 :List(Section);        # in the order in which they lie in the file
  groupings @7 :List(Grouping);      # grouping k is the section "groups/k"
  splits @8 :List(Split);            # split k is the section "splits/k"
  heads @9 :List(Head);              # suggestions, the author's favourite first
  documents @10 :List(Document);     # document k is the section "documents/k"
  transforms @11 :List(Text);        # how augmented views were made; what "records/transform" counts in
  notKnown @12 :List(Text);          # paths of text fields that the author declares as not known: "dataset.licence"
  savings @13 :Savings;
}

# ---- the data set

struct Dataset {
  # What the author says about the data. An empty text was not stated.
  title @0 :Text;
  author @1 :Text;
  contact @2 :Text;                  # one line; people and institutions with their kind stand in `contacts`
  source @3 :Text;                   # where the images come from
  licence @4 :Text;                  # of this file: an SPDX identifier where there is one
  notes @5 :Text;
  version @6 :Text;
  identifier @7 :Text;               # DOI or other permanent name
  citation @8 :Text;                 # how to cite it
  augmentation @9 :Text;             # how views were made, for the set as a whole
  original @10 :Provenance;          # of what this file was derived from
  contacts @11 :List(Contact);
}

struct Provenance {
  author @0 :Text;
  source @1 :Text;
  licence @2 :Text;
}

struct Contact {
  name @0 :Text;
  kind @1 :EntityKind;
  email @2 :Text;
  role @3 :Text;                     # what to write to them about
}

enum EntityKind {
  unspecified @0;
  person @1;
  researcher @2;
  university @3;
  researchCentre @4;
  hospital @5;
  company @6;
  authority @7;
}

struct Document {
  # A file that travels with the data: a consent form, a paper, a figure.
  fileName @0 :Text;
  mediaType @1 :Text;                # "application/pdf"
  title @2 :Text;
  shortDescription @3 :Text;
  longDescription @4 :Text;
  author @5 :Text;
  credits @6 :Text;
  licence @7 :Text;
  date @8 :Text;                     # ISO 8601, as precise as known
  originallyAvailableAt @9 :Text;
  howToCite @10 :Text;
  publishedAt @11 :Text;
  contact @12 :Text;
  version @13 :Text;
}

struct Savings {
  # What the owner measured. Zero was not measured. container.md has the formulas that follow from it.
  originalCount @0 :UInt64;          # image files
  originalBytes @1 :UInt64;          # all of them together
  encodingSeconds @2 :Float64;       # wall clock, all images once through the network
  loadingSeconds @3 :Float64;        # all features once from the file
  headSeconds @4 :Float64;           # one epoch of the head
  epochs @5 :UInt32;                 # of the training that the figures are for
}

# ---- encoders and features

struct Encoder {
  # Everything needed to compute the same features again.
  name @0 :Text;
  modelSha256 @1 :Data;              # 32 bytes, of the model file; empty where it is not known
  recipe @2 :Text;                   # JSON: how images are prepared; empty where it is not known
  tap @3 :Text;                      # name of the tensor in the model file whose values are pooled
  tapShape @4 :List(UInt32);         # [H, W, C], [T, C] (tokens) or [C]
  pooling @5 :Pooling;
  engine @6 :Text;                   # version and variant of the program that ran the model
  featureCount @7 :UInt32;           # D
  poolingPower @8 :Float32;          # p of generalizedMean; 0 with any other pooling
  family @9 :Text;                   # "ResNet"
  type @10 :Text;                    # "ResNet-50"
  architectureSource @11 :Text;      # where the architecture is described
  weightsSource @12 :Text;           # where the weights come from
  licence @13 :Text;                 # of the weights
  citation @14 :Text;
  model @15 :List(Entry);            # the four namespaces of model information; container.md has their known keys
  dataProcessing @16 :List(Entry);
  performance @17 :List(Entry);
  training @18 :List(Entry);
}

struct Entry {
  key @0 :Text;
  value @1 :Text;
}

enum Pooling {
  average @0;                        # mean over H and W, or over tokens
  none @1;                           # the values as they are: a vector, or a grid [H, W, C] row by row
  maximum @2;
  averageAndMaximum @3;              # the averages, then the maxima
  generalizedMean @4;                # mean(max(x, 1e-6)^p)^(1/p)
  classToken @5;                     # the first token
}

struct FeatureBlock {
  encoder @0 :UInt32;                # index into Header.encoders
  # How far the stored values are from the float32 that the network gave, at most; all zero for f32.
  maxAbsoluteError @1 :Float64;      # largest |stored - exact|
  rootMeanSquareError @2 :Float64;   # over all N * D values
  relativeL2Error @3 :Float64;       # ||stored - exact|| / ||exact|| over the whole block
  name @4 :Text;                     # unique; what readers call the block
  duplicateCount @5 :UInt64;         # records whose stored row equals that of a record before them
}

# ---- what is said about records

struct LabelColumn {
  name @0 :Text;
  type @1 :LabelType;
  categories @2 :List(Text);         # the vocabulary, in the author's order; of an ordinal column from low to high
  role @3 :ColumnRole;
  unit @4 :Text;                     # of a number, in UCUM where it has one: "mm", "kg/m2"
  codingSystem @5 :Text;             # "SNOMED CT", "RadLex", "ICD-10": what `code` and `codes` are written in
  code @6 :Text;                     # of the column itself
  codes @7 :List(Text);              # of the categories: none at all, or one for each, empty where there is none
  description @8 :Text;
  groupingPlus1 @9 :UInt32;          # all records of one group of this grouping have the same value: a label of the study
  # Counts, so that a reader of the header alone knows the balance.
  missingCount @10 :UInt64;          # records, or cells of a multi-label column
  uncertainCount @11 :UInt64;        # cells of a multi-label column
  counts @12 :List(UInt64);          # of each category: records that have it
  minimum @13 :Float64;              # of numbers and years; 0 where there are none
  maximum @14 :Float64;
}

enum LabelType {
  categorical @0;                    # one of the categories
  number @1;
  text @2;
  ordinal @3;                        # one of the categories, which have an order
  multiLabel @4;                     # each category is present, absent, uncertain or missing
  year @5;                           # of a date
}

enum ColumnRole {
  label @0;                          # something to predict or to stratify by
  information @1;                    # anything else that is known of a record
}

struct Grouping {
  name @0 :Text;                     # "patient", "study"
  groupCount @1 :UInt64;
  description @2 :Text;
}

struct Split {
  name @0 :Text;
  kind @1 :SplitKind;
  parts @2 :List(Text);              # "train", "valid", "test", or one for each fold
  groupingPlus1 @3 :UInt32;          # the grouping that was kept together
  groupsInSeveralParts @4 :UInt64;   # the certificate: 0 says that no group stands in two parts
  stratifiedByPlus1 @5 :UInt32;      # the label column whose balance was kept
  hasSeed @6 :Bool;
  seed @7 :UInt64;
  method @8 :Text;                   # program and version, or a sentence
  counts @9 :List(UInt64);           # records of each part
}

enum SplitKind {
  holdout @0;                        # each part has one use
  folds @1;                          # part i validates the model that was trained on the others
}

# ---- suggested heads

struct Head {
  name @0 :Text;
  task @1 :HeadTask;
  label @2 :UInt32;                  # index into Header.labels
  features @3 :List(UInt32);         # indices into Header.features; their values are joined in this order
  splitPlus1 @4 :UInt32;
  layers @5 :List(Layer);            # the last one gives logits, or the numbers themselves
  loss @6 :Loss;
  classWeights @7 :List(Float32);    # none at all, or one for each output
  optimizer @8 :Optimizer;
  learningRate @9 :Float64;
  momentum @10 :Float64;             # of sgd
  weightDecay @11 :Float64;
  batchSize @12 :UInt32;
  epochs @13 :UInt32;
  seed @14 :UInt64;
  scoreMetric @15 :Text;             # "AUROC"; empty where no score is given
  score @16 :Float64;
  scoreLow @17 :Float64;             # 95 % confidence interval; both zero where it is not known
  scoreHigh @18 :Float64;
  scorePartPlus1 @19 :UInt32;        # the part of the split that the score is of
  note @20 :Text;
}

enum HeadTask {
  classification @0;
  multiLabel @1;
  regression @2;
}

struct Layer {
  kind @0 :LayerKind;
  outputs @1 :UInt32;                # of linear
  rate @2 :Float32;                  # of dropout
  epsilon @3 :Float32;               # of the normalisations
}

enum LayerKind {
  standardize @0;                    # (x - mean) / (standard deviation + epsilon), both of the training part
  l2Normalize @1;                    # x / max(||x||, epsilon)
  linear @2;
  relu @3;
  gelu @4;
  tanh @5;
  sigmoid @6;
  dropout @7;
  batchNormalization @8;
  layerNormalization @9;
}

enum Loss {
  crossEntropy @0;                   # of the softmax
  binaryCrossEntropy @1;             # of the sigmoid of each output
  meanSquaredError @2;
  meanAbsoluteError @3;
}

enum Optimizer {
  sgd @0;
  adam @1;
  adamW @2;
  lbfgs @3;
}

# ---- sections

struct Section {
  name @0 :Text;                     # unique in the file; [a-z0-9/-]
  type @1 :ElementType;
  required @2 :Bool;                 # a reader that does not know the name must refuse the file
  offset @3 :UInt64;                 # bytes from the start of the file; a multiple of 64
  length @4 :UInt64;                 # bytes, as stored
  shape @5 :List(UInt64);            # row-major
  sha256 @6 :Data;                   # 32 bytes, of the section's bytes as stored
  encoding @7 :Encoding;
}

enum ElementType {
  unspecified @0;                    # never in a file
  f32 @1;                            # IEEE 754 binary32
  f16 @2;                            # IEEE 754 binary16
  i8 @3;                             # two's complement
  u8 @4;
  u32 @5;
  u64 @6;
  f64 @7;                            # IEEE 754 binary64
  i32 @8;                            # two's complement
  bf16 @9;                           # the upper half of a binary32
  i4 @10;                            # two's complement, two in a byte, the first in the lower half; rows end on a whole byte
}

enum Encoding {
  raw @0;
  zstd @1;                           # chunks of zstd frames
  zstdShuffled @2;                   # the same, each chunk's bytes sorted by their place in the element first
}
