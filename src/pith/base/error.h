// SPDX-License-Identifier: Apache-2.0
/// @file Errors as values: a stable code, what was seen and what is allowed.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace pith {

/// Every way a call of this library can fail. The C++ name is also the stable name that the command line's
/// `--json`, the page and the bindings report; the third column tells the user what to do.
#define PITH_ERROR_CODES(X)                                                                                    \
  /* images */                                                                                                 \
  X(unsupportedImage, "Save the picture as JPEG, PNG, BMP, GIF, PNM or TGA.")                                  \
  X(unsupportedImageFeature, "Save the picture again without the feature that is named.")                      \
  X(cmykImage, "Convert the picture to RGB or grey and save it again.")                                        \
  X(truncatedImage, "Copy the file again from its source; the end of it is missing.")                          \
  X(corruptImage, "Copy the file again from its source; its content is damaged.")                              \
  X(imageTooLarge, "Reduce the picture.")                                                                      \
  X(emptyImage, "Remove the file; it holds no pixels.")                                                        \
  /* models */                                                                                                 \
  X(invalidRecipe, "Correct the field that is named in the recipe.")                                           \
  X(invalidManifest, "Correct the field that is named in the model's manifest.")                               \
  X(weightsMismatch, "Fetch the model file again; it is not the one the manifest describes.")                  \
  X(corruptModel, "Export or fetch the model file again; it is damaged, or neither ONNX nor TFLite.")           \
  X(modelTooLarge, "Use a smaller model.")                                                                     \
  X(unsupportedOperator, "Export the model without the operator that is named.")                               \
  X(unsupportedShape, "Export the model with shapes that are named as allowed.")                               \
  X(unsupportedDataType, "Export the model with float32 or float16 weights.")                                  \
  X(tapNotFound, "Choose one of the tensors that are named, with --tap.")                                      \
  X(shapeMismatch, "Use a recipe whose size and channels are those of the model's input.")                     \
  X(engineFailure, "Report this with the text of the message; the kernels refused the network.")               \
  /* containers */                                                                                             \
  X(notAContainer, "Choose a .pith file.")                                                                     \
  X(unsupportedVersion, "Open the file with a newer version of Pith.")                                         \
  X(unsupportedSection, "Open the file with a newer version of Pith.")                                         \
  X(truncatedContainer, "Copy the file again from its source; the end of it is missing.")                      \
  X(corruptContainer, "Copy the file again from its source; its content is damaged.")                          \
  X(hashMismatch, "Copy the file again from its source; its content has changed.")                             \
  X(containerTooLarge, "Split the data into several containers.")                                              \
  X(emptyContainer, "Add at least one record before saving.")                                                  \
  X(nonFiniteFeature, "Leave the record out; the network's output for it is not a number.")                    \
  X(featureOutOfRange, "Save the container with features as f32; the type that was chosen cannot hold them.")  \
  X(invalidLabel, "Correct the label that is named.")                                                          \
  /* imports of DoF, version 1 */                                                                              \
  X(notADofFile, "Choose a .dof file or the folder that version 1 of DoF made of one.")                        \
  X(unsafePickle, "Do not load the file with Python either; ask its author for plain tensors.")                \
  X(unsupportedDof, "Save the part that is named again, as plain tensors of one length.")                      \
  X(corruptDof, "Copy the file again from its source; its content is damaged.")                                \
  /* around the library */                                                                                     \
  X(invalidArgument, "Correct the argument that is named.")                                                    \
  X(readFailed, "Check that the file is there and that you may read it.")                                      \
  X(writeFailed, "Free space or choose another place, and save again.")                                        \
  X(outOfMemory, "Close other programs, or use a smaller model or fewer jobs.")                                \
  X(cancelled, "Start again when you are ready.")                                                              \
  X(internalError, "Report this with the text of the message.")

enum class ErrorCode : uint8_t {
#define PITH_ENUM(name, advice) name,
  PITH_ERROR_CODES(PITH_ENUM)
#undef PITH_ENUM
};

/// A failure. `detail` is one sentence that says what was seen and what is allowed; it never holds a file's name,
/// path or content.
struct Error {
  ErrorCode code;
  std::string detail;
};

/// The stable name of a code, for example "imageTooLarge".
[[nodiscard]] std::string_view errorName(ErrorCode code);

/// One sentence that tells a user what to do about a code.
[[nodiscard]] std::string_view errorAdvice(ErrorCode code);

}  // namespace pith
