"""Drill: inert implants in genuine releases, for users' drills, the demo and the benchmarks.

Takes a family's name, a seed and a genuine pair of neighbouring releases; gives the same pair with
something inert put into the newer one. Nothing is live: payloads are random bytes, names
stand under reserved top-level domains (RFC 2606), nothing generated is ever run, and nothing
generated is ever committed. `families.py` is the table and its rules.
"""

from doorward.drill.families import FAMILIES, Family, Half, by_name
from doorward.drill.staging import Case, implant, stage

__all__ = ["FAMILIES", "Case", "Family", "Half", "by_name", "implant", "stage"]
