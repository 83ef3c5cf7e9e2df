"""Invented titles, genres and tags, written as MovieLens writes them."""

ADJECTIVES = (
    "Amber", "Ancient", "Borrowed", "Brazen", "Broken", "Burning", "Careless", "Cobalt", "Crooked",
    "Distant", "Drifting", "Endless", "Faded", "Fearless", "Forgotten", "Frozen", "Gentle",
    "Gilded", "Hollow", "Hungry", "Idle", "Invented", "Lonely", "Lucky", "Midnight", "Paper",
    "Patient", "Quiet", "Restless", "Scarlet", "Secret", "Silent", "Sleeping", "Stolen", "Stubborn",
    "Sunken", "Tender", "Unlikely", "Velvet", "Wandering",
)  # fmt: skip
NOUNS = (
    "Almanac", "Anchor", "Archive", "Bakery", "Beacon", "Bicycle", "Bridge", "Carnival",
    "Cartographer", "Clockmaker", "Comet", "Compass", "Courier", "Detour", "Dynamo", "Echo",
    "Ferry", "Garden", "Glacier", "Harbor", "Harvest", "Inspector", "Island", "Juggler", "Kite",
    "Lantern", "Lighthouse", "Locksmith", "Machine", "Meadow", "Mirror", "Neighbor", "Orchard",
    "Parade", "Passenger", "Pendulum", "Pilot", "Quarry", "Railway", "River", "Satellite", "Shadow",
    "Signal", "Staircase", "Stranger", "Tailor", "Thicket", "Tunnel", "Umbrella", "Violinist",
    "Voyage", "Waltz", "Weathervane", "Window", "Winter", "Workshop", "Zeppelin",
)  # fmt: skip
FORMS = (
    "{adjective} {noun}, The",
    "{adjective} {noun}",
    'Who Is "{noun}", {adjective} One?',
    "Return of the {adjective} {noun}, The",
    "{noun}: A {adjective} Story",
    "My {adjective} {noun}",
)
STRIDE = 7919
"""Shares no factor with the number of titles, so that it reaches every one of them."""
TAG_WORDS = (
    "slow",
    "funny",
    "clever",
    "too long",
    "music",
    "twist ending",
    "based on nothing",
    "cosy",
)

TASTES = (
    ("Drama", "Romance", "War"),
    ("Comedy", "Romance", "Drama"),
    ("Action", "Adventure", "Thriller"),
    ("Drama", "Crime", "Thriller"),
    ("Comedy", "Crime", "Action"),
    ("Horror", "Thriller", "Mystery"),
    ("Sci-Fi", "Action", "IMAX"),
    ("Adventure", "Fantasy", "Children"),
    ("Children", "Animation", "Comedy"),
    ("Documentary", "Drama", "Musical"),
    ("Film-Noir", "Crime", "Mystery"),
    ("Western", "War", "Drama"),
)
"""Latent tastes, the commonest first; each is its genres, the most usual first."""
NO_GENRES = "(no genres listed)"


def title(index: int) -> str:
    """The title of a movie, without its year: no two are alike, and neighbours are not similar."""
    size = len(NOUNS) * len(ADJECTIVES) * len(FORMS)
    part, place = divmod(index, size)
    place, noun = divmod(place * STRIDE % size, len(NOUNS))
    form, adjective = divmod(place, len(ADJECTIVES))
    name = NOUNS[noun] if part == 0 else f"{NOUNS[noun]} {part + 1}"
    return FORMS[form].format(adjective=ADJECTIVES[adjective], noun=name)


def genres(main: int, second: int, breadth: int) -> str:
    """The genres of a movie of two tastes: `breadth` of the main one's and one of the second's."""
    if not breadth:
        return NO_GENRES
    return "|".join(sorted({*TASTES[main][:breadth], *TASTES[second][: breadth - 1][:1]}))
