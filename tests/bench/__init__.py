"""Figures, one JSON line each: `make bench`, or `python -m tests.bench NAME …` for some of them.

Nothing here is asserted: a figure belongs into docs/benchmarks.md with its hardware and command.
"""
