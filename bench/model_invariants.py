"""What holds of a model whatever the data: each a count of exceptions."""

import numpy as np

from batch.evaluation.factored_model import factored
from batch.evaluation.splits import in_time
from batch.native_engine import Native
from batch.training import Describe, train
from bench.benchmark_report import Figure, at_most
from contracts.hyper_parameters import Parameters
from harness.batch.checkerboard import MISSING, checkerboard
from recommender.fold_in import Folder
from recommender.ratings import IndexedRatings
from recommender.scorers import Factored


def invariants(ratings: IndexedRatings, describe: Describe) -> list[Figure]:
    """What holds whatever the data: each a count of exceptions."""
    parameters = Parameters(rank=4, base_likes=0)
    board = checkerboard()
    one, again = (train(board.rated, parameters, Native(threads)) for threads in (1, 2))
    folder = Folder(one)
    first = {user: int(folder.ranked(h, 1).movies[0]) for user, h in board.histories()}
    differ = int((one.factors.view(np.int32) != again.factors.view(np.int32)).sum())
    model = factored(Parameters(), Native(2), describe)(in_time(ratings).train)
    return [
        at_most("1-star ratings that raise the movie's own score", raised(model, ratings), "", 0),
        at_most("1-star ratings that make a list", liked_by_dislikes(model), "", 0),
        at_most(
            "checkerboard: users whose missing movie is not first",
            sum(first[user] != movie for user, movie in MISSING.items()),
            "",
            0,
        ),
        at_most("numbers that differ between two runs of a seed", differ, "", 0),
    ]


def raised(model: Factored, ratings: IndexedRatings) -> int:
    """Of everybody's ten best open movies: how many score higher once they have one star."""
    count = 0
    one_star = np.array([2], np.uint8)
    for user in range(0, len(ratings.user_ids), 10):
        mine = ratings.users == user
        rows, stars = model.rows(ratings.movies[mine], ratings.half_stars[mine])
        before = model.folder.scores(rows, stars)
        if before is None:
            continue
        own = before - model.folder.beta(stars) * model.folder.model.prior
        best = np.setdiff1d(np.argsort(-own)[:50], rows)[:10]
        for movie in best[own[best] > 0]:
            after = model.folder.vector(np.append(rows, movie), np.append(stars, one_star))
            assert after is not None
            count += int(model.folder.model.factors[movie] @ after >= own[movie])
    return count


def liked_by_dislikes(model: Factored) -> int:
    """How many of the movies make a list for somebody who gave nothing but one star to them."""
    stars = np.array([2], np.uint8)
    rows = range(len(model.folder.model.movies))
    return sum(model.folder.scores(np.array([row]), stars) is not None for row in rows)
