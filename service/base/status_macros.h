// Early return on error, for functions (TB_) and for coroutines (TB_CO_).
#pragma once

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#define TB_CONCAT_INNER_(a, b) a##b
#define TB_CONCAT_(a, b) TB_CONCAT_INNER_(a, b)

#define TB_RETURN_IF_ERROR(expression)                            \
  do {                                                            \
    if (absl::Status tb_status = (expression); !tb_status.ok()) { \
      return tb_status;                                           \
    }                                                             \
  } while (false)

#define TB_CO_RETURN_IF_ERROR(expression)                         \
  do {                                                            \
    if (absl::Status tb_status = (expression); !tb_status.ok()) { \
      co_return tb_status;                                        \
    }                                                             \
  } while (false)

// TB_ASSIGN_OR_RETURN(auto value, F());
#define TB_ASSIGN_OR_RETURN(declaration, expression) \
  TB_ASSIGN_OR_RETURN_(TB_CONCAT_(tb_or_, __LINE__), declaration, expression, return)
// For coroutines; `expression` may be `co_await F(name)`.
#define TB_CO_ASSIGN_OR_RETURN(declaration, expression) \
  TB_ASSIGN_OR_RETURN_(TB_CONCAT_(tb_or_, __LINE__), declaration, expression, co_return)

#define TB_ASSIGN_OR_RETURN_(result, declaration, expression, return_keyword) \
  auto result = expression;                                                   \
  if (!result.ok()) return_keyword result.status();                           \
  declaration = *std::move(result)
