#!/usr/bin/python3
"""The layer checker on planted trees, and then on this one."""

import pathlib
import tempfile
import unittest

import layers

ROOT = pathlib.Path(__file__).resolve().parents[2]
TABLE = """
| folder | one sentence | may use |
|---|---|---|
| `base/` | words | absl |
| `io/` | the loop | `base` |
| `store/` | ports | `base`, `proto` |
| `broker/` | use cases | `io`, `store/grant_store.h` |
| `main/` | wires | all |
"""
TREE = {
    "base/clock.h": "#include <string>\n",
    "io/loop.h": '#include "base/clock.h"\n#include <boost/asio/experimental/channel.hpp>\n',
    "store/grant_store.h": '#include "tokenbroker/v1/grant.pb.h"\n',
    "store/memory.h": '#include "store/grant_store.h"\n',
    "broker/broker.cc": '#include "base/clock.h"\n#include "store/grant_store.h"\n',
    "main/main.cc": '#include "store/memory.h"\n#include <grpcpp/server.h>\n',
}


class LayersTest(unittest.TestCase):
    def problems(self, planted=(), table=TABLE):
        with tempfile.TemporaryDirectory() as root:
            (pathlib.Path(root) / "ARCHITECTURE.md").write_text(table)
            for name, text in {**TREE, **dict(planted)}.items():
                path = pathlib.Path(root) / "service" / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text)
            return layers.check(root)

    def test_accepts_arrows_that_point_down(self):
        self.assertEqual(self.problems(), [])

    def test_refuses_an_upward_arrow(self):
        self.assertEqual(
            self.problems({"base/log.h": '#pragma once\n#include "io/loop.h"\n'}),
            ["service/base/log.h:2: base/ may not use io/loop.h"])

    def test_refuses_a_sideways_arrow(self):
        self.assertEqual(
            self.problems({"io/x.cc": '#include "store/grant_store.h"\n'}),
            ["service/io/x.cc:1: io/ may not use store/grant_store.h"])

    def test_refuses_an_implementation_where_only_the_port_is_allowed(self):
        self.assertEqual(
            self.problems({"broker/x.cc": '#include "store/memory.h"\n'}),
            ["service/broker/x.cc:1: broker/ may not use store/memory.h"])

    def test_refuses_generated_code_where_the_row_has_no_proto(self):
        self.assertEqual(
            self.problems({"io/x.cc": '#include "tokenbroker/v1/grant.pb.h"\n'}),
            ["service/io/x.cc:1: io/ may not use tokenbroker/v1/grant.pb.h"])

    def test_refuses_grpc_below_rpc(self):
        self.assertEqual(
            self.problems({"io/x.cc": "#include <grpcpp/grpcpp.h>\n"}),
            ["service/io/x.cc:1: io/ includes the gRPC header grpcpp/grpcpp.h"])

    def test_refuses_experimental_asio_outside_io(self):
        found = self.problems({
            "broker/x.cc": "#include <boost/asio/experimental/promise.hpp>\n",
            "broker/y.cc": "using boost::asio::experimental::awaitable_operators;\n"})
        self.assertEqual(found, [
            "service/broker/x.cc:1: asio::experimental is named outside io/",
            "service/broker/y.cc:1: asio::experimental is named outside io/"])

    def test_refuses_a_folder_without_a_row_and_a_row_without_a_folder(self):
        self.assertEqual(
            self.problems({"util/x.h": ""}, TABLE + "| `cache/` | kept | `base` |\n"),
            ["ARCHITECTURE.md has a row for cache/, which is not there",
             "service/util/ has no row in ARCHITECTURE.md"])

    def test_refuses_a_table_with_a_circle(self):
        table = TABLE.replace("| words | absl |", "| words | `io` |")
        self.assertIn("ARCHITECTURE.md: base/ stands above itself", self.problems(table=table))

    def test_this_tree_agrees_with_its_table(self):
        self.assertEqual(layers.check(ROOT), [])


if __name__ == "__main__":
    unittest.main()
