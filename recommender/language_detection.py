"""The language that a movie was made in, guessed from its original title.

MovieLens tells the original title in brackets: `Amelie (Le Fabuleux destin d'Amélie Poulain)`. Its
small words give the language away. A guess is good enough to know what is alike; a movie without
an original title has no language here, and neither has one of English words.
"""

import re

SMALL_WORDS = {
    "English": "the of and to in my your you for",
    "French": "le la les des du de un une et au aux à en est mon ma dans sur sans qui pour l d",
    "German": "der die das und im ein eine von dem den ist",
    "Italian": "il lo la della del di gli è una uno nel che per",
    "Spanish": "el la los de y del en un una mi con",
    "Japanese": "no to ga ni",
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
        if name.startswith("a.k.a"):  # another English title
            continue
        words = _WORD.findall(name.casefold())
        found = {language: sum(w in small for w in words) for language, small in _WORDS.items()}
        best = max(found, key=lambda language: found[language])
        if found[best]:
            return best if best != "English" else None
    return None
