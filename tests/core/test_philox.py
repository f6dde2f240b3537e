"""Known answers: `kat_vectors` of Random123 1.14 (D. E. Shaw Research), rows "philox4x32 10"."""

import numpy as np
import pytest

from hybridsim.core.philox import philox4x32, philox4x32_array
from tests.support.compiled import compiled

ONES = 0xFFFFFFFF
KNOWN_ANSWERS = [
    ((0, 0, 0, 0), (0, 0), (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)),
    ((ONES, ONES, ONES, ONES), (ONES, ONES), (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD)),
    (
        (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344),
        (0xA4093822, 0x299F31D0),
        (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1),
    ),
]


@pytest.mark.parametrize(("counter", "key", "words"), KNOWN_ANSWERS)
def test_the_published_known_answers_come_out(counter, key, words):
    assert philox4x32(*counter, *key) == words


@pytest.mark.parametrize(("counter", "key", "words"), KNOWN_ANSWERS)
def test_the_published_known_answers_come_out_compiled(counter, key, words):
    assert compiled(philox4x32)(*counter, *key) == words


@pytest.mark.parametrize(("counter", "key", "words"), KNOWN_ANSWERS)
def test_the_published_known_answers_come_out_of_arrays(counter, key, words):
    columns = philox4x32_array(*(np.array([word] * 3) for word in counter), *key)
    assert [column.tolist() for column in columns] == [[word] * 3 for word in words]


def test_arrays_give_the_words_of_the_scalar_form():
    counters = np.random.default_rng(7).integers(0, 2**32, (4, 500), dtype=np.int64)
    columns = philox4x32_array(*counters, 12345, ONES)
    expected = [philox4x32(*row, 12345, ONES) for row in counters.T.tolist()]
    assert list(zip(*(column.tolist() for column in columns), strict=True)) == expected


def test_scalar_words_broadcast_against_arrays():
    entities = np.arange(5)
    columns = philox4x32_array(entities, 0, 7, 9, 1, 2)
    assert columns[0].tolist() == [philox4x32(entity, 0, 7, 9, 1, 2)[0] for entity in range(5)]


def test_the_arguments_are_left_as_they_were():
    words = np.arange(5, dtype=np.uint64)
    philox4x32_array(words, words, words, words, 1, 2)
    assert words.tolist() == [0, 1, 2, 3, 4]


def test_a_block_is_what_the_paper_defines():
    # Salmon et al., section 3.3, in unbounded integers.
    def block(counter, key):
        x = list(counter)
        for r in range(10):
            k = [(key[0] + r * 0x9E3779B9) % 2**32, (key[1] + r * 0xBB67AE85) % 2**32]
            high0, low0 = divmod(0xD2511F53 * x[0], 2**32)
            high1, low1 = divmod(0xCD9E8D57 * x[2], 2**32)
            x = [high1 ^ x[1] ^ k[0], low1, high0 ^ x[3] ^ k[1], low0]
        return tuple(x)

    rows = np.random.default_rng(8).integers(0, 2**32, (50, 6)).tolist()
    for row in rows:
        assert philox4x32(*row) == block(row[:4], row[4:])
