"""Evaluates challenger, champion and popularity side by side, prequentially."""

import numpy as np

from batch.promotion_gate import CHALLENGER, CHAMPION, POPULAR, Hits
from contracts.artefact import Model
from recommender.prequential_evaluation import PrequentialResult, run_prequential
from recommender.prequential_models import Live, LivePopular, PrequentialModel
from recommender.ratings import Split, drawn
from recommender.scorers import Factored, Popular, likes_of

MOST_LIKES = 10_000
"""Likes that are enough to judge by: where there are more, users are drawn."""
SEED = 1


def hits(split: Split, challenger: Model, champion: Model | None) -> Hits:
    """What these models hit, and popularity; arguments as of `walked`."""
    return Hits.of(walked(split, challenger, champion), split.test.user_ids)


def walked(split: Split, challenger: Model, champion: Model | None) -> PrequentialResult:
    """Walk the held-out events.

    Args:
        split: the test side is new to the models, and the challenger learned the training side.
        challenger: is to be judged.
        champion: knows no movie that is not in the split; None for a challenger alone.
    """
    counts = likes_of(split.train)
    models = {CHALLENGER: challenger} | ({CHAMPION: champion} if champion else {})
    contenders: dict[str, PrequentialModel] = {
        name: Live(Factored(model, split.train.movie_ids), Popular(counts))
        for name, model in models.items()
    }
    contenders[POPULAR] = LivePopular(counts.copy())
    return run_prequential(split, contenders, _judges(split))


def _judges(split: Split) -> set[int]:
    """Users, drawn until they have given MOST_LIKES."""
    liked = np.bincount(split.test.users[split.test.likes], minlength=len(split.test.user_ids))
    return set(drawn(liked, MOST_LIKES, SEED).tolist())
