"""The compiled engine: the story of `hybridsim.rollout.reference` over arrays, bit for bit the same.

Files mirror those of the reference engine: what happens in ``rollout/closing.py`` happens here in
``kernel/closing.py``. Rules of other rooms are not repeated but compiled (`core.compiling.rule`).
"""
