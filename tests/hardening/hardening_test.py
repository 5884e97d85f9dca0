"""The programs carry the defences of scripts/cmake/hardening.cmake.

usage: hardening_test.py PROGRAM...
"""
import re
import subprocess
import sys
import unittest

PROGRAMS = []


def defences(program):
    """What the ELF file says of each of them."""
    def shows(pattern, *options):
        command = ["llvm-readelf-19", "--wide", *options, program]
        text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        return re.search(pattern, text) is not None
    return {
        "position-independent": shows(r"FLAGS_1\)? .*\bPIE\b", "--dynamic"),
        "bound before it runs": shows(r"FLAGS_1\)? .*\bNOW\b", "--dynamic"),
        "function table read-only": shows(r"GNU_RELRO", "--program-headers"),
        "stack not executable": shows(r"GNU_STACK .* RW  0", "--program-headers"),
        "nothing writable and executable": not shows(r"0x\w+ RWE ", "--program-headers"),
        "stack protector": shows(r"\b__stack_chk_fail\b", "--dyn-syms"),
        "bounds of copies": shows(r"\b__(mem(cpy|move|set)|read|recv|(v?sn)?printf)_chk\b", "--dyn-syms"),
    }


class HardeningTest(unittest.TestCase):
    def test_each_program_has_all_defences(self):
        for program in PROGRAMS:
            with self.subTest(program):
                self.assertEqual([], [name for name, there in defences(program).items() if not there])


if __name__ == "__main__":
    PROGRAMS, sys.argv[1:] = sys.argv[1:], []
    assert PROGRAMS, __doc__
    unittest.main()
