"""Hyper-parameters of a model: the shipped ones, and those that older versions were made with."""

from typing import Any, TypeVar

import msgspec

T = TypeVar("T")


class Parameters(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Hyper-parameters, all that training and fold-in need besides the factors.

    The defaults come from `batch tune ml-latest-small ml-100k --split cut-50 --trials 120`, but for
    the popularity prior: it asked for three times as much, which leaves nothing of a taste that one
    movie tells; and for `content_agreement`, which hits hardly depend on, and tastes do. Several
    trials are as good within a per cent, so that a search may end in others. Ranks and iterations
    are what is affordable.

    Attributes:
        rank: length of a ranking vector, without what `content_scale` adds.
        iterations: of the ranking's ALS.
        regularisation: of ranking vectors, for each like.
        base_likes: likes that everybody's regularisation counts beside the real ones.
        unobserved_weight: how hard every movie is held to 0, beside 1 for a like.
        dislike_weight: how hard a dislike is held to 0 beside that.
        content_weight: what each of `recommender.content_imaginary_users` counts for, beside 1 for
            a real one; 0 for none.
        content_scale: length of the part of a movie's vector that says its genres
            (`recommender.content_columns`); 0 for no such part.
        content_agreement: weight of the mean content of a person's likes, times the square of how
            far they agree, added to the content columns of the person's vector
            (`recommender.content_agreement`); 0 for nothing.
        popularity_exponent: of a movie's likes, plus one: in the fold-in, how much harder a popular
            movie is held to 0 where it was not rated; 0 for all alike.
        prior_half_life_days: after which a like counts half for the popularity prior.
        prior_weights: of the prior, for users with 1-4, 5-19 and 20 or more likes.
        star_regularisation: of people's vectors where they predict stars, for the square root of
            how many ratings there are.
        movie_damping: ratings of the mean that a movie's bias counts beside the real ones.
        user_damping: likewise for a user's.
        seed: of the first vectors.
    """

    rank: int = 96
    iterations: int = 12
    regularisation: float = 0.02206
    base_likes: float = 301.55
    unobserved_weight: float = 0.3042
    dislike_weight: float = 0.8
    content_weight: float = 1.5
    content_scale: float = 0.2
    content_agreement: float = 3.0
    popularity_exponent: float = 0.2
    prior_half_life_days: float = 189.0
    prior_weights: tuple[float, float, float] = (0.02, 0.0, 0.0)
    star_regularisation: float = 0.36
    movie_damping: float = 3.65
    user_damping: float = 3.0
    seed: int = 1


SHIPPED_FOR = 100_000
"""Ratings, about, that the defaults were searched on."""
UNTOLD = {
    "content_weight": 0.0,
    "content_scale": 0.0,
    "content_agreement": 0.0,
    "popularity_exponent": 0.0,
    "star_regularisation": 0.36,
}
"""What versions were made with that do not say; stars of theirs are predicted as today's are."""
GONE = {"explicit_rank", "explicit_iterations", "explicit_regularisation"}
"""What older versions say of a second ALS for predicted stars: nothing uses it any more."""


def told(parameters: dict[str, Any]) -> Parameters:
    """Hyper-parameters as they were written, be it by a release that knew fewer.

    Raises:
        msgspec.ValidationError: if these are none.
    """
    known = {name: value for name, value in parameters.items() if name not in GONE}
    return msgspec.convert(UNTOLD | known, Parameters)


def decode(content: bytes, kind: type[T], *fields: str) -> T:
    """A struct from JSON, of which these fields are hyper-parameters, as `told` reads them.

    Raises:
        msgspec.DecodeError, UnicodeDecodeError: if it is none.
    """
    written = msgspec.json.decode(content, type=dict[str, Any])
    parameters = {name: told(msgspec.convert(written.get(name), dict[str, Any])) for name in fields}
    return msgspec.convert(written | parameters, kind, str_keys=True)
