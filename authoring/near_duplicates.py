"""Prompts that say the same, exactly or nearly: never to stand in train and test both.

Exactly: equal after Unicode normalisation, case folding and collapsing white space. Nearly: the
Jaccard similarity of their character 5-grams (3-grams where the text is Chinese, Japanese or Korean)
reaches a threshold. What many pairs share (a task's instruction above each pair's own input) is left
out of the comparison (authoring.prompt_frames), or every pair of a classification would be like every other.

Found without comparing all with all, and without missing any, by prefix filtering: two sets can
only be alike enough when they share some of the rarest members of each (Chaudhuri, Ganti, Kaushik 2006;
Bayardo, Ma, Srikant 2007; Wang, Li, Feng 2012). Ten thousand short prompts take about a second.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from authoring.prompt_frames import Prompt, normalise, told_apart
from authoring.word_diff import CJK

__all__ = ["Likeness", "Near", "Prompt", "compare", "normalise"]

SHOWN = 1000
"""Characters compared at each end of a text; the middle of longer ones is left out."""
SHARED_PREFIX = 16
"""Of so many members of a set, one more must be shared by two prefixes."""
BLOCK = 500
ROUNDING = 1e-9
IDEOGRAPHS = re.compile(rf"[{CJK}]")
Shingles = NDArray[np.uint64]


class Near(NamedTuple):
    """Two prompts by their places in the list, and how alike they are (0…1, 1 included)."""

    left: int
    right: int
    similarity: float


class Likeness(NamedTuple):
    same: list[int]
    """For each prompt, the first one with exactly the same text: its own place when it is the first."""
    near: list[Near]
    """Between first ones only; `left` < `right`."""

    def groups(self) -> list[int]:
        """A group number for each prompt; prompts that are alike, however indirectly, share one."""
        forest = Forest(len(self.same))
        for left, right, _similarity in self.near:
            forest.join(left, right)
        roots = [forest.root(first) for first in self.same]
        numbers = {root: number for number, root in enumerate(dict.fromkeys(roots))}
        return [numbers[root] for root in roots]


class Forest:
    """Disjoint sets with path halving."""

    def __init__(self, size: int) -> None:
        self.parents = list(range(size))

    def root(self, one: int) -> int:
        while self.parents[one] != one:
            self.parents[one] = self.parents[self.parents[one]]
            one = self.parents[one]
        return one

    def join(self, left: int, right: int) -> None:
        low, high = sorted((self.root(left), self.root(right)))
        self.parents[high] = low


def compare(prompts: Sequence[Prompt], *, threshold: float, sides: Sequence[str] = ()) -> Likeness:
    """Which prompts are the same, and which are alike by at least `threshold` (0 < threshold ≤ 1).

    `sides` says for each prompt where it stands, such as its split. Of prompts that are known to be in
    one group already, more pairs are named only across sides: a thousand alike prompts have half a
    million pairs.
    """
    texts = [normalise("\n".join(prompt)) for prompt in prompts]
    firsts: dict[str, int] = {}
    same = [firsts.setdefault(text, place) for place, text in enumerate(texts)]
    if threshold >= 1:
        return Likeness(same, [])
    told = told_apart({place: prompts[place] for place in sorted(set(same))})
    sets = {place: _shingles(_compared(one.text), one.frame) for place, one in told.items()}
    standing: dict[int, set[str]] = defaultdict(set)
    for first, side in zip(same, sides, strict=False):
        standing[first].add(side)
    return Likeness(same, sorted(_alike(sets, threshold, standing)))


def _compared(text: str) -> str:
    return text if len(text) <= 2 * SHOWN else text[:SHOWN] + text[-SHOWN:]


def _shingles(text: str, frame: int) -> Shingles:
    """Hashes of the text's n-grams, sorted. The frame is hashed in: frames have nothing in common."""
    size = 3 if len(IDEOGRAPHS.findall(text)) * 3 > len(text) else 5
    padded = f" {text} ".ljust(size)
    codes = np.frombuffer(padded.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    windows = np.lib.stride_tricks.sliding_window_view(codes.astype(np.uint64), size)
    hashes = np.full(len(windows), frame * 8 + size, dtype=np.uint64)
    for column in windows.T:  # wraps round at 2**64, as a hash may
        hashes = (hashes ^ column) * np.uint64(0x9E3779B97F4A7C15)
        hashes ^= hashes >> np.uint64(29)
    return np.unique(hashes)


def _alike(
    sets: dict[int, Shingles], threshold: float, standing: Mapping[int, set[str]]
) -> Iterator[Near]:
    """Every two sets that are alike enough, found by their rarest members; see the module."""
    forest = Forest(max(sets, default=-1) + 1)
    for one, other in _candidates(sets, threshold):
        left, right = sorted((one, other))
        across = len(standing[left] | standing[right]) > 1
        if forest.root(left) == forest.root(right) and not across:
            continue
        similarity = _jaccard(sets[left], sets[right])
        if similarity >= threshold:
            forest.join(left, right)
            yield Near(left, right, round(similarity, 4))


def _candidates(sets: dict[int, Shingles], threshold: float) -> Iterator[tuple[int, int]]:
    """Pairs that share enough of their rarest members; all that are alike are among them.

    Of two sets that share at least the part `threshold` of each, the k members that are rarest among
    the shared ones stand within the first (size − threshold · size + k) of each, rarest first. So two
    prefixes of these lengths share k members; k grows with the size, since long texts share one by
    chance. Counted for a block of sets at a time by one sparse product.
    """
    places = sorted(sets, key=lambda place: (len(sets[place]), place))
    sizes = np.array([len(sets[place]) for place in places])
    least = np.ceil(threshold * sizes - ROUNDING).astype(int)
    shared = np.maximum(sizes // SHARED_PREFIX, 1)
    prefixes = _prefixes([sets[place] for place in places], sizes - least + shared)
    for start in range(0, len(places), BLOCK):
        stop = min(start + BLOCK, len(places))
        counts = (prefixes[start:stop] @ prefixes[:stop].T).tocoo()
        rows, columns = counts.row + start, counts.col
        enough = counts.data >= np.minimum(shared[rows], shared[columns])
        chosen = (columns < rows) & enough & (sizes[columns] >= least[rows])
        for row, column in sorted(
            zip(rows[chosen].tolist(), columns[chosen].tolist(), strict=True)
        ):
            yield places[row], places[column]


def _prefixes(sets: list[Shingles], lengths: NDArray[np.int_]) -> sparse.csr_array:
    """A row a set with 1 at each of its `lengths` rarest members; a column a member."""
    everything = np.concatenate([*sets, np.empty(0, dtype=np.uint64)])
    members, counts = np.unique(everything, return_counts=True)
    columns = []
    for one, length in zip(sets, lengths, strict=True):
        numbers = np.searchsorted(members, one)
        columns.append(numbers[np.lexsort((numbers, counts[numbers]))][:length])
    ends = np.cumsum([0, *map(len, columns)])
    indices = np.concatenate([*columns, np.empty(0, dtype=np.int64)])
    ones = np.ones(len(indices), dtype=np.int32)
    return sparse.csr_array((ones, indices, ends), shape=(len(sets), len(members)))


def _jaccard(left: Shingles, right: Shingles) -> float:
    shared = len(np.intersect1d(left, right, assume_unique=True))
    return shared / (len(left) + len(right) - shared)
