"""How well the search answers what shoppers ask for: NDCG@10 over the judged queries."""

import math
import tomllib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

GRADES = {"best": 3, "good": 2, "fair": 1}
SHOWN = 10

Judged = dict[str, dict[str, int]]


def judged_queries() -> Judged:
    """By query: the grade of each piece that is worth something, by its handle."""
    table = tomllib.loads(Path(__file__).with_name("judged_queries.toml").read_text(encoding="utf-8"))
    return {
        query: {handle: GRADES[name] for name, handles in judged.items() for handle in handles.split()}
        for query, judged in table["queries"].items()
    }


def ndcg(found: Sequence[str], grades: Mapping[str, int]) -> float:
    """Normalized discounted cumulative gain of the first ten: 1 where nothing could stand better.

    With exponential gain (Burges et al., 2005).
    """
    ideal = sorted(grades.values(), reverse=True)
    return _gain([grades.get(handle, 0) for handle in found]) / _gain(ideal)


def _gain(grades: Sequence[int]) -> float:
    return sum((2**grade - 1) / math.log2(place + 2) for place, grade in enumerate(grades[:SHOWN]))


def measure(search: Callable[[str], Sequence[str]]) -> dict[str, float]:
    """NDCG@10 of each judged query; `search` answers with handles, the best first."""
    return {query: ndcg(search(query), grades) for query, grades in judged_queries().items()}
