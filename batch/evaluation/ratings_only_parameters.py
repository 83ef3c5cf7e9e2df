"""A model that knows of ratings alone: what others are compared with, whatever is shipped."""

from contracts.hyper_parameters import Parameters

RATINGS_ONLY = Parameters(
    rank=96,
    regularisation=0.02908,
    base_likes=179.26,
    unobserved_weight=0.5249,
    dislike_weight=0.7,
    content_weight=0.0,
    content_scale=0.0,
    content_agreement=0.0,
    popularity_exponent=0.0,
    prior_weights=(0.0, 0.0, 0.0),
    movie_damping=5.99,
    user_damping=19.81,
)
"""Shipped before lists followed taste, then with a rank of 128."""
