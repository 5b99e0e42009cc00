// SPDX-License-Identifier: Apache-2.0
#include "pith/base/error.h"

namespace pith {

std::string_view errorName(ErrorCode code) {
  switch (code) {
#define PITH_NAME(name, advice) \
  case ErrorCode::name:         \
    return #name;
    PITH_ERROR_CODES(PITH_NAME)
#undef PITH_NAME
  }
  return "internalError";
}

std::string_view errorAdvice(ErrorCode code) {
  switch (code) {
#define PITH_ADVICE(name, advice) \
  case ErrorCode::name:           \
    return advice;
    PITH_ERROR_CODES(PITH_ADVICE)
#undef PITH_ADVICE
  }
  return "";
}

}  // namespace pith
