"""Which kind of vector search a library of which size gets: the one table, from measurements.

Medians of single questions on one core, 384 numbers a vector, pool of 50 (`benchmarks/sizes.py` measures them again):

    vectors       Flat     codes, then exact numbers     of the true 10 and 50 nearest found
       50,000      4 ms                         1 ms
      100,000     10 ms                         1 ms     all, 998 of 1,000
    1,000,000     66 ms                         9 ms     all, 998 of 1,000

Up to the border the whole file is read and hashed when a process starts (77 MB, a tenth of a second) and search is
exact. Above it only the codes are (80 MB a million, a quarter of a second), and the exact numbers are memory-mapped and
checked row by row. They are kept, at 1.5 GB a million on disk, because every score must stay exact whatever finds the
passage, filters must be kept exactly, and the store is rebuilt and shrunk from them. SQ8 alone (384 MB to hash a
million) would be smaller on disk, and was five times as slow.

Where a filter leaves 3 in 100, scanning them takes as long (50 ms of a million) as the codes do with so many more
proposals; below it is faster, and exact.

Inverted lists (IVF) have no line here: with a million vectors they took 150 seconds to build and, for four milliseconds
less a question, lost more neighbours (95 to 96 of 100 found). They would begin to pay beyond some millions.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["EXACT", "KIND", "QUANTISED", "Kind"]

EXACT = "exact"
QUANTISED = "quantised (RaBitQ codes propose, the exact vectors decide)"


@dataclass(frozen=True, slots=True)
class Kind:
    """Search is exact up to `border` vectors and quantised above. A question for k takes the larger of `least` and
    `factor` * k proposals. A filter that leaves at most the share `scanned` is scanned exactly. The stored form is made
    anew when there are `growth` times the vectors it was trained on, or more than the share `waste` was removed.
    """

    border: int = 50_000
    least: int = 400
    factor: int = 8
    scanned: float = 0.03
    growth: float = 2.0
    waste: float = 0.25


KIND = Kind()
