"""Articles in front of titles, which the releases write behind: `Matrix, The`, `Atalante, L'`.

Each name in a title may have one of its own: `City of Lost Children, The (Cité des enfants perdus,
La)`.
"""

import re

ARTICLES = {
    "English": ("The", "A", "An", "Da"),
    "French": ("Le", "La", "Les", "L'", "L’", "Un", "Une", "Des"),
    "German": ("Der", "Die", "Das", "Den", "Dem", "Ein", "Eine"),
    "Spanish": ("El", "La", "Los", "Las", "Lo", "Un", "Una"),
    "Italian": ("Il", "I", "Lo", "La", "Gli", "Le", "L'", "Un", "Uno", "Una"),
    "Portuguese": ("O", "A", "Os", "As", "Um", "Uma"),
    "Catalan": ("El", "Els", "La", "Les", "L'"),
    "Scandinavian": ("Det", "Den", "De", "En", "Et", "Ett"),
    "Dutch": ("De", "Het", "Een"),
    "Hungarian": ("A", "Az"),
}
"""`Da` as in `Hip Hop Witch, Da`."""
_WORDS_TOO = {"Die", "Den", "I", "O", "As", "En"}
"""These may as well end a list of words: `Eat, Pray, Die`."""
_ANY = "|".join(sorted({one for of_language in ARTICLES.values() for one in of_language}))
_NAME = re.compile(r"[^()]+")
_BEHIND = re.compile(
    rf"(?P<before>\s*(?:a\.?k\.?a\.? )?)(?P<name>\S.*?), ?(?P<article>{_ANY})"
    r"(?P<after>\s*(?::.*)?)"
)


def fronted(title: str) -> str:
    """A title with the articles of all its names in front of them."""
    return _NAME.sub(lambda name: _fronted(name[0]), title)


def _fronted(text: str) -> str:
    """A name, with the space around it."""
    found = _BEHIND.fullmatch(text)
    if found is None or (found["article"] in _WORDS_TOO and "," in found["name"]):
        return text
    space = "" if found["article"][-1] in "'’" else " "
    return f"{found['before']}{found['article']}{space}{found['name']}{found['after']}"
