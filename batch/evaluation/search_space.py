"""What hyper-parameters are searched among: bounds, steps and scales."""

import hashlib

import msgspec
import numpy as np
import optuna

from contracts.hyper_parameters import Parameters

TYPICAL_LIKES = 50
"""The strength of a ridge is told for somebody with so many likes."""
STEPS = {
    "content_weight": (0, 3, 0.1),
    "content_scale": (0, 2, 0.1),
    "content_agreement": (0, 6, 0.5),
    "prior": (0, 0.06, 0.01),
    "dislike_weight": (0.1, 0.8, 0.1),
    "exponent": (0, 0.4, 0.05),
}
"""Least, most and step of what is searched in steps."""
CONTENT = ("content_weight", "content_scale", "content_agreement")
SCALES = {
    "base_likes": (10, 500),
    "ridge": (2, 20),
    "unobserved_weight": (0.05, 1),
    "half_life_days": (90, 3650),
    "star_ridge": (0.1, 3),
    "movie_damping": (0.5, 20),
    "user_damping": (3, 20),
}
"""Least and most of what is searched on a logarithmic scale."""
SPACE = hashlib.sha256(msgspec.json.encode((STEPS, SCALES))).hexdigest()[:8]
"""Of these names and bounds: trials of others are not gone on with."""


def suggest_ranking(trial: optuna.Trial, given: Parameters, *, described: bool) -> Parameters:
    """Parameters of the ranking; rank and iterations are what is affordable, not searched.

    Whatever hits more often, a dislike has to count for something, and from five likes on a list
    follows taste alone: popularity is only for people with fewer.
    """
    if described:
        given = msgspec.structs.replace(given, **{name: _step(trial, name) for name in CONTENT})
    base = _scaled(trial, "base_likes")
    return msgspec.structs.replace(
        given,
        base_likes=round(base, 2),
        regularisation=round(_scaled(trial, "ridge") / (base + TYPICAL_LIKES), 5),
        unobserved_weight=round(_scaled(trial, "unobserved_weight"), 4),
        dislike_weight=_step(trial, "dislike_weight"),
        popularity_exponent=_step(trial, "exponent"),
        prior_half_life_days=round(_scaled(trial, "half_life_days")),
        prior_weights=(_step(trial, "prior"), 0.0, 0.0),
    )


def suggest_stars(trial: optuna.Trial, given: Parameters) -> Parameters:
    """Parameters of predicted stars.

    The mean of people with few ratings is damped, though no release has such people to show it.
    """
    return msgspec.structs.replace(
        given,
        star_regularisation=round(_scaled(trial, "star_ridge"), 4),
        movie_damping=round(_scaled(trial, "movie_damping"), 2),
        user_damping=round(_scaled(trial, "user_damping"), 2),
    )


def _step(trial: optuna.Trial, name: str) -> float:
    low, high, step = STEPS[name]
    return round(trial.suggest_float(name, low, high, step=step), 2)


def _scaled(trial: optuna.Trial, name: str) -> float:
    return trial.suggest_float(name, *SCALES[name], log=True)


def trial_of(parameters: Parameters) -> dict[str, float]:
    """What a trial is told to come to these, or as near as a search goes."""
    values = {
        **{name: getattr(parameters, name) for name in CONTENT},
        "base_likes": parameters.base_likes,
        "ridge": parameters.regularisation * (parameters.base_likes + TYPICAL_LIKES),
        "prior": parameters.prior_weights[0],
        "unobserved_weight": parameters.unobserved_weight,
        "dislike_weight": parameters.dislike_weight,
        "exponent": parameters.popularity_exponent,
        "half_life_days": parameters.prior_half_life_days,
        "star_ridge": parameters.star_regularisation,
        "movie_damping": parameters.movie_damping,
        "user_damping": parameters.user_damping,
    }
    bounds = STEPS | SCALES
    return {name: float(np.clip(value, *bounds[name][:2])) for name, value in values.items()}
