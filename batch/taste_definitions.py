"""Twelve tastes: what somebody of each likes, and which movies fit it. Committed, not searched.

Movies are named by title and year, so that the same tastes are asked of any data set. Where a genre
has few known movies, or is none of MovieLens' own, the rule is wider and says so.
"""

from collections.abc import Callable, Collection, Iterable
from typing import NamedTuple

from contracts.catalogue import Movie

Fits = Callable[[Movie], bool]
Named = tuple[str, int]
"""Title, without what stands in brackets behind it, and year."""


class Taste(NamedTuple):
    """A taste: its name, movies that stand for it, the best known first, and what fits it."""

    name: str
    liked: tuple[Named, ...]
    fits: Fits


def names_of(movie: Movie) -> set[Named]:
    """What a movie may be called here, case-folded: its title, and those in brackets behind it."""
    if movie.year is None:
        return set()
    titles = [part.removeprefix("a.k.a. ") for part in movie.title.replace(")", "").split(" (")]
    return {(title.casefold(), movie.year) for title in titles}


def found_in(movies: Iterable[Movie]) -> dict[Named, Movie]:
    """These movies by all that they may be called."""
    return {name: movie for movie in movies for name in names_of(movie)}


def folded(name: Named) -> Named:
    """As `names_of` has it."""
    return name[0].casefold(), name[1]


def any_of(*genres: str) -> Fits:
    """Of one of these genres."""
    return lambda movie: not set(genres).isdisjoint(movie.genres)


def all_of(*genres: str) -> Fits:
    """Of all of these genres."""
    return lambda movie: set(genres) <= set(movie.genres)


def between(first: int, last: int) -> Fits:
    """Of these years, or between them."""
    return lambda movie: movie.year is not None and first <= movie.year <= last


def tagged(*tags: str) -> Fits:
    """With one of these tags."""
    return lambda movie: not set(tags).isdisjoint(tag.casefold() for tag in movie.tags)


def one_of(movies: Collection[Named]) -> Fits:
    """One of these."""
    wanted = set(map(folded, movies))
    return lambda movie: not wanted.isdisjoint(names_of(movie))


def either(*rules: Fits) -> Fits:
    """What one of these says."""
    return lambda movie: any(fits(movie) for fits in rules)


def both(*rules: Fits) -> Fits:
    """What all of these say."""
    return lambda movie: all(fits(movie) for fits in rules)


def none_of(*genres: str) -> Fits:
    """Of none of these genres."""
    return lambda movie: set(genres).isdisjoint(movie.genres)


BOND = (
    ("Goldfinger", 1964), ("GoldenEye", 1995), ("Casino Royale", 2006), ("Dr. No", 1962),
    ("From Russia with Love", 1963), ("Tomorrow Never Dies", 1997), ("Thunderball", 1965),
    ("You Only Live Twice", 1967), ("On Her Majesty's Secret Service", 1969),
    ("Diamonds Are Forever", 1971), ("Live and Let Die", 1973),
    ("The Man with the Golden Gun", 1974), ("The Spy Who Loved Me", 1977), ("Moonraker", 1979),
    ("For Your Eyes Only", 1981), ("Octopussy", 1983), ("Never Say Never Again", 1983),
    ("A View to a Kill", 1985), ("The Living Daylights", 1987), ("Licence to Kill", 1989),
    ("The World Is Not Enough", 1999), ("Die Another Day", 2002), ("Quantum of Solace", 2008),
    ("Skyfall", 2012), ("Spectre", 2015),
)  # fmt: skip

MIYAZAKI = (
    ("Spirited Away", 2001), ("Princess Mononoke", 1997), ("My Neighbor Totoro", 1988),
    ("Howl's Moving Castle", 2004), ("Nausicaä of the Valley of the Wind", 1984),
    ("Laputa: Castle in the Sky", 1986), ("Kiki's Delivery Service", 1989), ("Porco Rosso", 1992),
    ("Ponyo", 2008), ("The Wind Rises", 2013), ("The Castle of Cagliostro", 1979),
)  # fmt: skip

HITCHCOCK = (
    ("Rear Window", 1954), ("Psycho", 1960), ("Vertigo", 1958), ("North by Northwest", 1959),
    ("The Birds", 1963), ("Rebecca", 1940), ("Strangers on a Train", 1951), ("Notorious", 1946),
    ("Rope", 1948), ("Dial M for Murder", 1954), ("To Catch a Thief", 1955),
    ("The Lady Vanishes", 1938), ("The 39 Steps", 1935), ("Shadow of a Doubt", 1943),
    ("The Man Who Knew Too Much", 1956), ("The Trouble with Harry", 1955), ("Spellbound", 1945),
    ("Suspicion", 1941), ("Lifeboat", 1944), ("Marnie", 1964), ("Frenzy", 1972),
    ("Family Plot", 1976), ("I Confess", 1953), ("Sabotage", 1936),
)  # fmt: skip

FRENCH = (
    ("Amelie", 2001), ("The City of Lost Children", 1995), ("La Femme Nikita", 1990),
    ("Three Colors: Blue", 1993), ("Delicatessen", 1991), ("Three Colors: White", 1994),
    ("Three Colors: Red", 1994), ("Cyrano de Bergerac", 1990), ("Jean de Florette", 1986),
    ("The 400 Blows", 1959), ("Ridicule", 1996), ("Manon of the Spring", 1986),
    ("Breathless", 1960), ("Jules and Jim", 1961), ("The Intouchables", 2011), ("Hate", 1995),
    ("Grand Illusion", 1937), ("The Rules of the Game", 1939), ("Diabolique", 1955),
    ("The Wages of Fear", 1953), ("Rififi", 1955), ("Indochine", 1992), ("Belle de jour", 1967),
    ("Contempt", 1963), ("The Red Balloon", 1956), ("Persepolis", 2007), ("The Artist", 2011),
    ("Caché", 2005), ("The Diving Bell and the Butterfly", 2007), ("Swimming Pool", 2003),
    ("8 Women", 2002), ("The Triplets of Belleville", 2003), ("Brotherhood of the Wolf", 2001),
    ("The Science of Sleep", 2006), ("The Return of Martin Guerre", 1982), ("Amour", 2012),
    ("A Very Long Engagement", 2004), ("The Dinner Game", 1998), ("Diva", 1981),
    ("The Double Life of Veronique", 1991), ("The Closet", 2001), ("Queen Margot", 1994),
    ("My Life in Pink", 1997), ("Irreversible", 2002), ("Fantastic Planet", 1973),
    ("The Chorus", 2004), ("Au Revoir les Enfants", 1987), ("Red Circle", 1970),
    ("The Big Blue", 1988), ("A Prophet", 2009), ("Tell No One", 2006), ("Micmacs", 2009),
    ("Love Me If You Dare", 2003), ("Le Samouraï", 1967), ("Bob the Gambler", 1956),
    ("Play Time", 1967), ("Mon Oncle", 1958), ("Mr. Hulot's Holiday", 1953), ("Taxi", 1998),
    ("Taxi 2", 2000), ("Army of Shadows", 1969), ("Intouchables", 2011), ("Nikita", 1990),
    ("Farinelli: il castrato", 1994), ("Ma vie en rose", 1997),
    ("Beauty and the Beast", 1946), ("The Umbrellas of Cherbourg", 1964),
    ("Wild Reeds", 1994), ("French Twist", 1995), ("A Heart in Winter", 1992),
    ("Colonel Chabert", 1994), ("The Horseman on the Roof", 1995), ("When the Cat's Away", 1996),
    ("Nelly & Monsieur Arnaud", 1995), ("Mon Oncle d'Amérique", 1980), ("Farinelli", 1994),
)  # fmt: skip

JAPANESE_ANIMATION = (
    ("Akira", 1988), ("Ghost in the Shell", 1995), ("Grave of the Fireflies", 1988),
    ("Perfect Blue", 1997), ("Paprika", 2006), ("Tokyo Godfathers", 2003), ("Your Name.", 2016),
    ("Millennium Actress", 2001), ("Metropolis", 2001), ("The Cat Returns", 2002),
    ("Whisper of the Heart", 1995), ("Steamboy", 2004), ("Ninja Scroll", 1995),
    ("Cowboy Bebop: The Movie", 2001), ("The Girl Who Leapt Through Time", 2006),
    ("The Secret World of Arrietty", 2010), ("Pom Poko", 1994), ("Summer Wars", 2009),
    ("Tales from Earthsea", 2006), ("Vampire Hunter D: Bloodlust", 2000),
)  # fmt: skip

SUSPENSE_OF_THE_FORTIES = both(
    between(1935, 1960),
    any_of("Crime", "Mystery", "Thriller"),
    none_of("Action", "Comedy", "Horror", "Sci-Fi"),
)

TASTES = (
    Taste(
        "horror",
        (
            ("The Exorcist", 1973), ("Halloween", 1978), ("A Nightmare on Elm Street", 1984),
            ("The Thing", 1982), ("The Shining", 1980), ("Carrie", 1976), ("Scream", 1996),
            ("An American Werewolf in London", 1981), ("Evil Dead II", 1987),
        ),
        any_of("Horror"),
    ),
    Taste(
        "westerns",
        (
            ("The Good, the Bad and the Ugly", 1966), ("Tombstone", 1993), ("Unforgiven", 1992),
            ("Butch Cassidy and the Sundance Kid", 1969), ("High Noon", 1952),
            ("Once Upon a Time in the West", 1968), ("The Wild Bunch", 1969),
            ("A Fistful of Dollars", 1964), ("Young Guns", 1988),
        ),
        any_of("Western"),
    ),
    Taste(
        "musicals",
        (
            ("The Sound of Music", 1965), ("Grease", 1978), ("Singin' in the Rain", 1952),
            ("My Fair Lady", 1964), ("West Side Story", 1961), ("Mary Poppins", 1964),
        ),
        any_of("Musical"),
    ),
    Taste(
        "children's",
        (
            ("Toy Story", 1995), ("The Lion King", 1994), ("Babe", 1995), ("Aladdin", 1992),
            ("Beauty and the Beast", 1991), ("The Little Mermaid", 1989),
        ),
        any_of("Children", "Children's"),
    ),
    Taste(  # few known: crime, mysteries and thrillers of those years fit, too
        "film noir",
        (
            ("The Maltese Falcon", 1941), ("Sunset Blvd.", 1950), ("The Third Man", 1949),
            ("Double Indemnity", 1944), ("Touch of Evil", 1958), ("The Big Sleep", 1946),
            ("Notorious", 1946), ("Laura", 1944),
        ),
        either(any_of("Film-Noir"), SUSPENSE_OF_THE_FORTIES),
    ),
    Taste("French", FRENCH, either(one_of(FRENCH), tagged("french", "french film"))),
    Taste("Bond", BOND, either(one_of(BOND), tagged("james bond", "bond", "007"))),
    Taste(  # eleven movies: other Japanese animation fits, too
        "Miyazaki",
        MIYAZAKI,
        either(
            one_of(MIYAZAKI + JAPANESE_ANIMATION),
            tagged("anime", "miyazaki", "hayao miyazaki", "studio ghibli"),
        ),
    ),
    Taste(  # few known: crime, mysteries and thrillers of those years fit, too
        "Hitchcock", HITCHCOCK, either(one_of(HITCHCOCK), SUSPENSE_OF_THE_FORTIES)
    ),
    Taste(
        "war",
        (
            ("Saving Private Ryan", 1998), ("Full Metal Jacket", 1987), ("Apocalypse Now", 1979),
            ("Platoon", 1986), ("The Bridge on the River Kwai", 1957), ("Das Boot", 1981),
            ("The Thin Red Line", 1998),
        ),
        both(any_of("War"), none_of("Sci-Fi", "Comedy", "Animation")),
    ),
    Taste(
        "romantic comedy",
        (
            ("When Harry Met Sally...", 1989), ("Sleepless in Seattle", 1993),
            ("Pretty Woman", 1990), ("Four Weddings and a Funeral", 1994),
            ("While You Were Sleeping", 1995), ("Notting Hill", 1999),
        ),
        both(all_of("Romance", "Comedy"), none_of("Action", "Animation", "Children", "War")),
    ),
    Taste(
        "documentary",
        (
            ("Bowling for Columbine", 2002), ("Super Size Me", 2004), ("Fahrenheit 9/11", 2004),
            ("Roger & Me", 1989), ("Hoop Dreams", 1994), ("March of the Penguins", 2005),
            ("Crumb", 1994), ("The Thin Blue Line", 1988), ("Microcosmos", 1996),
            ("Looking for Richard", 1996),
        ),
        any_of("Documentary"),
    ),
)  # fmt: skip
