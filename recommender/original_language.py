"""The language that a movie was made in, guessed from its original title.

MovieLens tells the original title in brackets: `Amelie (Le Fabuleux destin d'Amélie Poulain)`. Its
small words give the language away. A guess is good enough to know what is alike; a movie without
an original title has no language here.
"""

import re

SMALL_WORDS = {
    "French": "le la les des du de un une et au aux à en est mon ma dans sur qui pour l d",
    "German": "der die das und im ein eine von dem den ist",
    "Italian": "il lo la della del di gli i e è una uno nel che per",
    "Spanish": "el la los las de y del en un una mi con",
    "Japanese": "no wo to ga ni o wa",
}
_WORDS = {language: set(words.split()) for language, words in SMALL_WORDS.items()}
_BRACKETS = re.compile(r"\(([^()]*)\)")
_WORD = re.compile(r"\w+")


def guessed(title: str) -> str | None:
    """The language whose small words are most in what stands in brackets; None without any.

    Args:
        title: without the year.
    """
    for name in _BRACKETS.findall(title):
        words = _WORD.findall(name.removeprefix("a.k.a. ").casefold())
        found = {language: sum(w in small for w in words) for language, small in _WORDS.items()}
        best = max(found, key=lambda language: found[language])
        if found[best]:
            return best
    return None
