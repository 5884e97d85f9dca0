#include "crypto/pem.h"

#include <openssl/err.h>
#include <openssl/pem.h>

namespace tokenbroker {

bool AtEndOfPem() {
  const unsigned long error = ERR_peek_last_error();
  ERR_clear_error();
  return ERR_GET_LIB(error) == ERR_LIB_PEM && ERR_GET_REASON(error) == PEM_R_NO_START_LINE;
}

}  // namespace tokenbroker
