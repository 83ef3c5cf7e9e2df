import pytest

from recommender.language_detection import guessed


@pytest.mark.parametrize(
    ("title", "language"),
    [
        ("Amelie (Le Fabuleux destin d'Amélie Poulain)", "French"),
        ("The City of Lost Children (La Cité des enfants perdus)", "French"),
        ("Spirited Away (Sen to Chihiro no kamikakushi)", "Japanese"),
        ("The Lives of Others (Das leben der Anderen)", "German"),
        ("Life Is Beautiful (La Vita è bella)", "Italian"),
        ("The Night Porter (Il Portiere di notte)", "Italian"),
        ("The Secret in Their Eyes (El secreto de sus ojos)", "Spanish"),
        ("Léon: The Professional (a.k.a. The Professional) (Léon)", None),
        ("La La Land", None),
        ("Nine to Five (a.k.a. 9 to 5)", None),
        ("Baadasssss! (How to Get the Man's Foot Outta Your Ass)", None),
        ("Vagabond (Sans toit ni loi)", "French"),
        ("Crouching Tiger, Hidden Dragon (Wo hu cang long)", None),
        ("Seven (a.k.a. Se7en)", None),
        ("", None),
    ],
)
def test_the_small_words_of_an_original_title_tell_the_language(
    title: str, language: str | None
) -> None:
    assert guessed(title) == language
