# SPDX-License-Identifier: Apache-2.0
# The header of a `.pith` file, version 1. container.md says what surrounds it and what binds; where the two differ,
# container.md is right. New fields are only ever appended, so that older readers skip them.
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
}

struct Dataset {
  # What the author says about the data. An empty text was not stated.
  title @0 :Text;
  author @1 :Text;
  contact @2 :Text;
  source @3 :Text;                   # where the images come from
  licence @4 :Text;
  notes @5 :Text;
}

struct Encoder {
  # Everything needed to compute the same features again.
  name @0 :Text;
  modelSha256 @1 :Data;              # 32 bytes, of the model file
  recipe @2 :Text;                   # JSON: how images are prepared
  tap @3 :Text;                      # name of the tensor in the model file whose values are pooled
  tapShape @4 :List(UInt32);         # [H, W, C] or [C]
  pooling @5 :Pooling;
  engine @6 :Text;                   # version and variant of the program that ran the model
  featureCount @7 :UInt32;           # D
}

enum Pooling {
  average @0;                        # mean over H and W
  none @1;                           # the tap is a vector already
}

struct FeatureBlock {
  encoder @0 :UInt32;                # index into Header.encoders
  # How far the stored values are from the float32 that the network gave; all zero for f32.
  maxAbsoluteError @1 :Float64;      # largest |stored - exact|
  rootMeanSquareError @2 :Float64;   # over all N * D values
  relativeL2Error @3 :Float64;       # ||stored - exact|| / ||exact|| over the whole block
}

struct LabelColumn {
  name @0 :Text;
  type @1 :LabelType;
  categories @2 :List(Text);         # the vocabulary of a categorical column, in the author's order
}

enum LabelType {
  categorical @0;
  number @1;
  text @2;
}

struct Section {
  name @0 :Text;                     # unique in the file; [a-z0-9/-]
  type @1 :ElementType;
  required @2 :Bool;                 # a reader that does not know the name must refuse the file
  offset @3 :UInt64;                 # bytes from the start of the file; a multiple of 64
  length @4 :UInt64;                 # bytes
  shape @5 :List(UInt64);            # row-major
  sha256 @6 :Data;                   # 32 bytes, of the section's bytes
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
}
