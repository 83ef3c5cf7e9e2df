import pytest
from hypothesis import given
from hypothesis import strategies as st

from movielens.title_articles import ARTICLES, fronted


@pytest.mark.parametrize(
    ("written", "title"),
    [
        ("Matrix, The", "The Matrix"),
        ("Beautiful Mind, A", "A Beautiful Mind"),
        ("Atalante, L'", "L'Atalante"),
        ("Atalante, L’", "L’Atalante"),
        ("Boot, Das", "Das Boot"),
        ("Hip Hop Witch, Da", "Da Hip Hop Witch"),
        (
            "City of Lost Children, The (Cité des enfants perdus, La)",
            "The City of Lost Children (La Cité des enfants perdus)",
        ),
        ("Avventura, L' (Adventure, The)", "L'Avventura (The Adventure)"),
        ("Black Sabbath (Tre volti della paura, I)", "Black Sabbath (I Tre volti della paura)"),
        ("Impossible, The (Imposible, Lo)", "The Impossible (Lo Imposible)"),
        ("Passion of Anna, The (Passion, En)", "The Passion of Anna (En Passion)"),
        ("Green Butchers, The (Grønne slagtere, De)", "The Green Butchers (De Grønne slagtere)"),
        ("Story of O, The (Histoire d'O)", "The Story of O (Histoire d'O)"),
        ("Big Boss, The (Fists of Fury) (Tang)", "The Big Boss (Fists of Fury) (Tang)"),
        ("Trou, Le (Hole, The) (Night Watch, The)", "Le Trou (The Hole) (The Night Watch)"),
        ("Suriyothai (a.k.a. Legend, The)", "Suriyothai (a.k.a. The Legend)"),
        ("European Vacation (aka Vacation, The)", "European Vacation (aka The Vacation)"),
        ("Crow, The: Wicked Prayer", "The Crow: Wicked Prayer"),
        ("Good, the Bad and the Ugly, The", "The Good, the Bad and the Ugly"),
        ("Bad, and Ugly (Buono, il brutto, Il)", "Bad, and Ugly (Il Buono, il brutto)"),
    ],
)
def test_an_article_behind_a_name_is_moved_to_its_front(written: str, title: str) -> None:
    assert fronted(written) == title


@pytest.mark.parametrize(
    "title",
    [
        "Godfather, Then", "Matrix, the", "Bye Bye, Love", "Monsters, Inc.", "Oh, God!",
        "Scotland, Pa.", "McFarland, USA", "Roman J. Israel, Esq.", "Steamboat Bill, Jr.",
        "What's Up, Doc?", "Play It Again, Sam", "Truth or Consequences, N.M.",
        "Patrik Age 1.5 (Patrik 1,5)", "Lust, Caution (Se, jie)", "I Love You, Man",
        "Eat, Pray, Die", "You, Me, I", "The", "A", ", The", "Cats (, The)", "The Matrix",
        "500 Days (of Summer, the Movie)", "",
    ],
)  # fmt: skip
def test_what_is_no_article_stays(title: str) -> None:
    assert fronted(title) == title


@pytest.mark.parametrize("article", sorted({one for of in ARTICLES.values() for one in of}))
def test_every_article_is_moved(article: str) -> None:
    assert fronted(f"Name, {article}") in {f"{article} Name", f"{article}Name"}


@given(st.text())
def test_a_title_keeps_its_letters(title: str) -> None:
    kept = [c for c in title if not c.isspace() and c != ","]

    assert sorted(c for c in fronted(title) if not c.isspace() and c != ",") == sorted(kept)
