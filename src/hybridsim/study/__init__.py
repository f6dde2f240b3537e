"""Runs: plan, simulate in blocks, store, measure, go on after an interruption."""
