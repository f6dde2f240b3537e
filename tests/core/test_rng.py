import math
import random
from hashlib import blake2b

import numpy as np
import pytest
from scipy import stats

from hybridsim.core import rng
from tests.support.compiled import compiled

SEED = rng.split_key(20270101)


def draw(entity, replication=0, stream=rng.S_DEFAULT, index=0, seed=SEED):
    return rng.uniform(*seed, replication, *rng.split_key(entity), stream, index)


def random_keys(count, seed=3):
    source = random.Random(seed)
    return [source.getrandbits(64) for _ in range(count)]


def test_the_plain_stream_numbers_are_those_of_the_enum():
    plain = {name[2:]: value for name, value in vars(rng).items() if name.startswith("S_")}
    assert plain == {stream.name: int(stream) for stream in rng.Stream}
    assert all(type(value) is int for value in plain.values())
    assert max(plain.values()) < 2**8


def test_the_streams_of_scheme_one_keep_their_numbers():
    assert rng.SCHEME_VERSION == 1
    assert [stream.name for stream in rng.Stream][:8] == [
        "FACTOR", "DEFAULT", "ESTATE", "WORKOUT", "INITIAL_USER", "ADOPTION", "PREPARATION", "ADVICE",
    ]  # fmt: skip
    assert [int(stream) for stream in rng.Stream] == list(range(len(rng.Stream)))


def test_an_entity_key_is_blake2b_of_the_utf8_name():
    digest = blake2b("home-1".encode("ascii"), digest_size=8).digest()
    assert rng.entity_key("home-1") == sum(byte << (8 * position) for position, byte in enumerate(digest))


def test_composed_and_decomposed_names_have_one_key():
    assert rng.entity_key("Süd") == rng.entity_key("Su\u0308d")
    assert rng.entity_key("Süd") != rng.entity_key("Sud")


def test_a_name_is_hashed_in_its_composed_form():
    digest = blake2b(b"S\xc3\xbcd", digest_size=8).digest()
    assert rng.entity_key("Su\u0308d") == int.from_bytes(digest, "little")


def test_the_words_of_a_key_put_it_together_again():
    for key in [0, 1, 2**32, 2**64 - 1, *random_keys(100)]:
        low, high = rng.split_key(key)
        assert low + high * 2**32 == key
        assert 0 <= low < 2**32
        assert 0 <= high < 2**32


def test_a_draw_does_not_depend_on_the_order_of_drawing():
    keys = random_keys(300)
    forwards = {key: draw(key) for key in keys}
    shuffled = keys[:]
    random.Random(1).shuffle(shuffled)
    assert {key: draw(key) for key in shuffled} == forwards
    assert {key: draw(key) for key in keys[::7]} == {key: forwards[key] for key in keys[::7]}


def test_every_part_of_the_key_changes_the_draw():
    base = draw(1)
    assert len({
        base, draw(2), draw(2**40), draw(1, replication=1), draw(1, stream=2), draw(1, index=1),
        draw(1, seed=(1, 0)), draw(1, seed=(0, 1)),
    }) == 8  # fmt: skip


def test_stream_and_index_never_share_a_counter():
    words = {(stream << 24) | index for stream in (0, 1, 20, 255) for index in (0, 1, 2**24 - 1)}
    assert len(words) == 12
    assert max(words) < 2**32


def test_scalar_array_and_compiled_draws_have_the_same_bits():
    keys = random_keys(100_000, seed=5)
    low = np.array([key & 0xFFFFFFFF for key in keys], dtype=np.int64)
    high = np.array([key >> 32 for key in keys], dtype=np.int64)
    fast = compiled(rng.uniform)
    together = rng.uniform_array(*SEED, 4711, low, high, rng.S_GATE, 77).tolist()
    assert together == [
        fast(*SEED, 4711, lo, hi, rng.S_GATE, 77) for lo, hi in zip(low.tolist(), high.tolist(), strict=True)
    ]
    alone = [draw(key, 4711, rng.S_GATE, 77) for key in keys[:20_000]]
    assert together[:20_000] == alone


def test_random_keys_of_every_part_give_the_same_bits_compiled():
    source = np.random.default_rng(9)
    words = source.integers(0, 2**32, (20_000, 5), dtype=np.int64)
    streams = source.integers(0, 256, 20_000, dtype=np.int64)
    indices = source.integers(0, 2**24, 20_000, dtype=np.int64)
    fast = compiled(rng.uniform)
    for row, stream, index in zip(words.tolist(), streams.tolist(), indices.tolist(), strict=True):
        assert rng.uniform(*row, stream, index) == fast(*row, stream, index)


def test_indices_may_be_an_array_too():
    indices = np.array([0, 1, 2**24 - 1])
    together = rng.uniform_array(*SEED, 3, 5, 6, rng.S_LAG, indices)
    assert together.tolist() == [rng.uniform(*SEED, 3, 5, 6, rng.S_LAG, int(index)) for index in indices]


@pytest.mark.parametrize(("word", "value"), [(0, 2.0**-53), (0xFFFFFFFF, 1.0 - 2.0**-53)])
def test_the_ends_of_the_interval_are_never_drawn(monkeypatch, word, value):
    monkeypatch.setattr(rng, "philox4x32", lambda *_: (word, word, word, word))
    monkeypatch.setattr(rng, "philox4x32_array", lambda *_: (np.array([word], dtype=np.uint64),) * 4)
    assert rng.uniform(0, 0, 0, 0, 0, 0, 0) == value
    assert rng.uniform_array(0, 0, 0, 0, 0, 0, 0).tolist() == [value]
    assert 0.0 < value < 1.0


def test_uniforms_are_uniform_and_independent_of_their_neighbours():
    count = 200_000
    entities = np.arange(count)
    first = rng.uniform_array(*SEED, 0, entities, 0, rng.S_DEFAULT, 0)
    second = rng.uniform_array(*SEED, 0, entities, 0, rng.S_DEFAULT, 1)
    counts, _ = np.histogram(first, bins=256, range=(0.0, 1.0))
    assert stats.chisquare(counts).pvalue > 1e-4
    assert abs(np.corrcoef(first, second)[0, 1]) < 4.5 / math.sqrt(count)
    assert abs(np.corrcoef(first[1:], first[:-1])[0, 1]) < 4.5 / math.sqrt(count)


def test_a_draw_index_says_exactly_what_it_was_made_of():
    parts = [
        (use_case, wave, attempt, item)
        for use_case in range(rng.MAX_USE_CASES)
        for wave in range(rng.MAX_WAVES)
        for attempt in range(rng.MAX_ATTEMPTS)
        for item in (0, 1, 511, rng.MAX_ITEMS - 1)
    ]
    indices = [rng.draw_index(*part) for part in parts]
    assert len(set(indices)) == len(parts)
    assert min(indices) == 0
    assert max(indices) == 2**24 - 1
    for part, index in zip(parts, indices, strict=True):
        assert part == (index >> 20, (index >> 15) % 32, (index >> 10) % 32, index % 1024)


def test_exponential_draws_follow_their_distribution():
    for u in (2.0**-53, 1e-6, 0.1, 0.5, 0.9, 1.0 - 2.0**-53):
        assert rng.exponential(u, 7.0) == pytest.approx(stats.expon.ppf(u, scale=7.0), rel=1e-12)


def test_normal_draws_follow_their_distribution():
    for u in (2.0**-53, 1e-6, 0.1, 0.5, 0.9, 1.0 - 2.0**-53):
        assert rng.normal(u, 3.0, 2.0) == pytest.approx(stats.norm.ppf(u, 3.0, 2.0), rel=1e-12)


def test_lognormal_draws_have_their_median_and_spread():
    for u in (2.0**-53, 1e-6, 0.1, 0.5, 0.9, 1.0 - 2.0**-53):
        expected = stats.lognorm.ppf(u, 0.8, scale=5.0)
        assert rng.lognormal_median(u, 5.0, 0.8) == pytest.approx(expected, rel=1e-12)
    assert rng.lognormal_median(0.5, 5.0, 0.8) == 5.0
