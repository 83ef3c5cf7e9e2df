"""Training in this process, by the numba kernel."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from contracts.hyper_parameters import Parameters
from recommender import als
from recommender.ratings import Pairs


@dataclass(frozen=True)
class Native:
    """Trains with so many threads; they change nothing but the duration."""

    threads: int

    def ranking(
        self, pairs: Pairs, half_stars: NDArray[np.uint8], parameters: Parameters
    ) -> als.Floats:
        """Movie vectors, shape (movies, rank)."""
        p = parameters
        weighing = als.Weighing(
            p.dislike_weight, p.unobserved_weight, p.regularisation, p.base_likes
        )
        problem = als.likes(pairs, half_stars, weighing)
        return als.fit(problem, p.rank, p.iterations, p.seed, self.threads).movies
