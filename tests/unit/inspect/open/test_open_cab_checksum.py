"""The checksum of cabinet blocks, folded in one large number, is that of [MS-CAB] word by word."""

from __future__ import annotations

import struct

from hypothesis import given
from hypothesis import strategies as st

from doorward.inspect.open.cab import _checksum


def word_by_word(data: bytes, seed: int) -> int:
    """CSUMCompute of [MS-CAB], section 3.1."""
    value = seed
    whole = len(data) // 4 * 4
    for (word,) in struct.iter_unpack("<I", data[:whole]):
        value ^= word
    last = 0
    for byte in data[whole:]:
        last = last << 8 | byte
    return value ^ last


@given(data=st.binary(max_size=200), lengths=st.binary(min_size=4, max_size=4))
def test_folding_is_the_same(data: bytes, lengths: bytes) -> None:
    assert _checksum(data, lengths) == word_by_word(lengths, word_by_word(data, 0))
