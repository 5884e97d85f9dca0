// All rows, in the order of the documents.

import grpc from './rows/grpc.mjs';
import oidc from './rows/openid_connect.mjs';
import quirks from './rows/provider_quirks.mjs';
import rfc6749Answers from './rows/rfc6749_answers.mjs';
import rfc6749Requests from './rows/rfc6749_requests.mjs';
import rfc6750 from './rows/rfc6750.mjs';
import rfc7009 from './rows/rfc7009.mjs';
import rfc7523 from './rows/rfc7523.mjs';
import rfc7636 from './rows/rfc7636.mjs';
import rfc8252 from './rows/rfc8252.mjs';
import rfc8414 from './rows/rfc8414.mjs';
import rfc9207 from './rows/rfc9207.mjs';
import rfc9700 from './rows/rfc9700.mjs';

export const table = [rfc6749Requests, rfc6749Answers, rfc6750, rfc7009, rfc7523, rfc7636, rfc8252,
  rfc8414, rfc9207, rfc9700, oidc, quirks, grpc].flat();
