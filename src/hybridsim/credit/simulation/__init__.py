"""Compiled Monte Carlo of a loan book: factors, conditional PDs, defaults, losses given default, guarantees.

Scenarios are drawn one by one in compiled code; what a scenario draws is keyed by the seed and its number, so
that neither threads nor blocks nor the order of the tape's rows change a result.
"""
