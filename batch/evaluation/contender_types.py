"""Contenders: each learns from ratings, then scores every movie for any history. Their names."""

from collections.abc import Callable, Mapping

from recommender.ratings import IndexedRatings
from recommender.scorers import Scorer

Contender = Callable[[IndexedRatings], Scorer]
"""Learns from the training side."""
Contenders = Mapping[str, Contender]
"""By name."""
OURS = "reelstream"
"""What batch trains, publishes and folds into."""
POPULAR, LATELY, COSINE = "popular", "popular-7-days", "item-cosine"
LineUp = Callable[[str], Contenders]
"""Who takes part in a split, by the split's name: hyper-parameters go with it."""
